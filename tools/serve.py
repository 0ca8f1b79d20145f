"""Sirve una carpeta en este equipo y la abre en el navegador: `python tools/serve.py CARPETA`."""

import sys
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Isolating(SimpleHTTPRequestHandler):
    """Aísla las páginas de otros sitios: así el laboratorio puede usar todos los núcleos."""

    def log_message(self, *details) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Isolating, directory=sys.argv[1]))
    address = f"http://127.0.0.1:{server.server_port}/"
    print(f"El libro está en {address} (para cerrarlo, Ctrl-C).", flush=True)
    webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
