"""Los ejercicios de la plantilla, que son el mismo."""


def exercise_1(answer, *, faces):
    """un número entero de caras"""
    return answer == len(faces)


exercise_2 = exercise_3 = exercise_4 = exercise_5 = exercise_6 = exercise_1
