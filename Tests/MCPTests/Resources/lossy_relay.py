"""Stands between a client and a real stdio server, and dies with an answer in its hands.

    lossy_relay.py COMMAND...

The first request that contains "lose this answer" is passed on; once the server has answered it,
both end without passing the answer back.
"""
import os
import subprocess
import sys
import threading

server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
losing = threading.Event()


def back():
    for line in server.stdout:
        if losing.is_set():
            server.kill()
            server.wait()
            os._exit(1)
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    os._exit(0)


threading.Thread(target=back, daemon=True).start()
for line in sys.stdin.buffer:
    if b"lose this answer" in line:
        losing.set()
    server.stdin.write(line)
    server.stdin.flush()
server.stdin.close()
server.wait()
