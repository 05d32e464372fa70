"""Senders in processes of their own, killed without warning when the block ends."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.notify import sender_process

_PATIENCE = 100


@contextmanager
def senders(
    database_url: str, zalo_url: str, owners: Sequence[str], **settings: Any
) -> Iterator[None]:
    """Sender processes of these names, all of them ready; SIGKILL at the end of the block."""
    context = multiprocessing.get_context("forkserver")
    # Else each of them would read all modules for itself.
    context.set_forkserver_preload(["tests.notify.sender_process"])
    with ExitStack() as stack:
        signs = [context.Event() for _ in owners]
        for owner, sign in zip(owners, signs, strict=True):
            process = context.Process(
                target=sender_process.main,
                args=(database_url, zalo_url, owner, sign.set),
                kwargs=settings,
                daemon=True,
            )
            process.start()
            stack.callback(process.join)
            stack.callback(process.kill)
        for sign in signs:
            assert sign.wait(_PATIENCE)
        yield
