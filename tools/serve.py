"""Sirve una carpeta en este equipo y la abre en el navegador: `python tools/serve.py CARPETA`."""

import sys
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *details) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=sys.argv[1]))
    address = f"http://127.0.0.1:{server.server_port}/"
    print(f"El libro está en {address} (para cerrarlo, Ctrl-C).", flush=True)
    webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
