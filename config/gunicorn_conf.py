"""How gunicorn serves us, wherever it runs; the command line adds the address and workers."""

worker_class = "gthread"  # threads wait for the database; processes are for more cores
threads = 8
bind = "0.0.0.0:8000"
# How long each answer took. Not which address was asked for: some are secrets (see logs.py).
access_log_format = "%(m)s %(s)s %(b)s bytes %(M)s ms"
# A file in the home folder that nobody asked for, and a container's home is read-only.
control_socket_disable = True
