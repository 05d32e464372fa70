"""What needs a program of the machine is only collected where it is; its text is read everywhere."""

from __future__ import annotations

from tests.deploy.places import program

# `.ci/run` installs nginx; a developer without it still has test_nginx.py, which reads the file.
collect_ignore = [] if program("nginx") else ["test_nginx_live.py"]
