"""PgQueuer: fill N | drain N | latency N PAUSE, on an empty database."""
import asyncio, random, sys, time
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

verb, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
payload = b"x" * 150
batch = 500


async def fill(driver):
    queries = Queries(driver)
    await queries.install()
    for start in range(0, count, 10_000):
        size = min(10_000, count - start)
        await queries.enqueue(["noop"] * size, [payload] * size, [0] * size)


async def drain(driver):
    queue = PgQueuer(driver)
    left = count
    began = ended = time.monotonic()

    @queue.entrypoint("noop")
    async def noop(job):
        nonlocal left, ended
        left -= 1
        ended = time.monotonic()

    await queue.run(
        mode=QueueExecutionMode.drain, batch_size=batch, max_concurrent_tasks=2 * batch,
        dequeue_timeout=timedelta(seconds=1))
    assert left == 0, left
    # With the last batch's completion, which its buffer writes at the end.
    print(time.monotonic() - began)


async def latency(driver, upstream):
    queue = PgQueuer(driver)
    queries = Queries(upstream)
    handled = asyncio.Event()
    began = 0

    @queue.entrypoint("noop")
    async def noop(job):
        nonlocal began
        began = time.monotonic_ns()
        handled.set()

    worker = asyncio.create_task(queue.run(batch_size=10))
    pause = float(sys.argv[4])
    await asyncio.sleep(1)
    for _ in range(count):
        await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
        handled.clear()
        await queries.enqueue("noop", payload)
        committed = time.monotonic_ns()
        await asyncio.wait_for(handled.wait(), 60)
        print(max(0, began - committed))
    queue.shutdown.set()
    await worker


async def main():
    async with asyncpg.create_pool(url, min_size=4, max_size=8) as pool:
        driver = AsyncpgPoolDriver(pool)
        if verb == "fill":
            await fill(driver)
        elif verb == "drain":
            await drain(driver)
        else:
            await latency(driver, AsyncpgPoolDriver(pool))


try:
    import uvloop

    uvloop.run(main())
except ImportError:
    asyncio.run(main())
