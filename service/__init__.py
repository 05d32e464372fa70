"""Where the rooms are put together into processes: web, worker, serve, demo, command line."""
