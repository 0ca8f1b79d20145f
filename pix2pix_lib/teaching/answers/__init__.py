"""Lo que tiene que cumplir la respuesta de cada ejercicio: un módulo por capítulo.

Del ejercicio 3.1 se encarga `chapter_3.exercise_1`. Recibe las respuestas, en su orden, y, por su
nombre, lo que le haga falta del cuaderno; dice si valen. La frase que lleva debajo es lo único que
ve quien se equivoca: qué clase de respuesta se espera.
"""
