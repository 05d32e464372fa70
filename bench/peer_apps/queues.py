"""One job, "POST this to a stand-in for Zalo", for three queues; each set up as its guide says."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

URL = os.environ.get("PEER_STUB", "")
PLACE = os.environ.get("PEER_PLACE", "")
KIND = os.environ.get("PEER_QUEUE", "")
_mine = threading.local()


def post(number: int) -> None:
    """The work of one job."""
    session = getattr(_mine, "session", None)
    if session is None:
        session = _mine.session = requests.Session()
        session.trust_env = False
    body = {"recipient": {"user_id": f"u{number}"}, "message": {"text": "Hồ sơ đã có kết quả"}}
    answer = session.post(f"{URL}/v3.0/oa/message/cs", json=body, timeout=(3, 10))
    assert answer.json()["error"] == 0


if KIND == "huey":
    from huey import SqliteHuey

    huey = SqliteHuey("bench", filename=PLACE, fsync=True)
    post_huey = huey.task(retries=3)(post)

if KIND == "procrastinate":
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=PLACE))
    _calls = ThreadPoolExecutor(16)

    # Plain functions would share asyncio's own threads: six on two cores, not sixteen.
    @app.task(name="post", retry=3)
    async def post_procrastinate(number: int) -> None:
        """The work of one job, on one of sixteen threads."""
        await asyncio.get_running_loop().run_in_executor(_calls, post, number)

    # Its guide's way to find jobs whose worker died.
    @app.periodic(cron="* * * * *")
    @app.task(name="stalled", queueing_lock="stalled", pass_context=True)
    async def stalled(context: Any, timestamp: int) -> None:
        """Give jobs of dead workers to the living."""
        for job in await app.job_manager.get_stalled_jobs():
            await app.job_manager.retry_job(job)


def rq_pool(workers: int, look_seconds: int) -> None:
    """Work off rq's jobs; those of dead workers are looked for every ``look_seconds``.

    Started here and not by its command: then all that a job imports is there before the fork.
    """
    from redis import Redis
    from rq import Worker
    from rq.worker_pool import WorkerPool

    class Looking(Worker):
        def __init__(self, *args: Any, **more: Any) -> None:
            # It looks between two waits for a job, and those are 15 s shorter than its life.
            super().__init__(
                *args, maintenance_interval=look_seconds, worker_ttl=look_seconds + 15, **more
            )

    pool = WorkerPool(["default"], Redis.from_url(PLACE), workers, worker_class=Looking)
    pool.start(logging_level="WARNING")


def fill(kind: str, count: int) -> None:
    """Put jobs 0 to ``count`` - 1 into the queue."""
    if kind == "huey":
        for number in range(count):
            post_huey(number)
    elif kind == "rq":
        from redis import Redis
        from rq import Queue, Retry

        queue = Queue(connection=Redis.from_url(PLACE))
        jobs = [
            Queue.prepare_data("bench.peer_apps.queues.post", (n,), retry=Retry(max=3))
            for n in range(count)
        ]
        for start in range(0, count, 500):
            queue.enqueue_many(jobs[start : start + 500])
    else:
        sync = procrastinate.SyncPsycopgConnector(conninfo=PLACE)
        with app.replace_connector(sync) as here, here.open():
            if not here.check_connection():
                here.schema_manager.apply_schema()
            here.tasks["post"].batch_defer(*({"number": n} for n in range(count)))
