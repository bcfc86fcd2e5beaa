#!/bin/sh
# Run the service and the worker together until SIGINT or SIGTERM, or until the service ends. Exit with its status.
# The argument is the Python interpreter.

"$1" -m gunicorn wsgi:app &
service=$!
"$1" -m flask --app wsgi worker &
worker=$!

trap 'kill -TERM "$service" "$worker" 2>/dev/null' INT TERM HUP

# A signal interrupts wait, so wait again.
while kill -0 "$service" 2>/dev/null; do
    wait "$service"
    status=$?
done
kill -TERM "$worker" 2>/dev/null
wait "$worker"
exit "$status"
