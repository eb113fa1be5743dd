"""Oban for Python: fill N | drain N | latency N PAUSE, on an empty database."""
import asyncio, logging, random, sys, time

import psycopg
from oban import Oban, worker
from oban.schema import install_sql

logging.disable(logging.ERROR)
verb, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
handled = asyncio.Event()
began = 0
left = count


@worker(queue="default")
class NoOp:
    async def process(self, job):
        global began, left
        began = time.monotonic_ns()
        left -= 1
        handled.set()


async def drain(pool):
    started = time.monotonic()
    async with Oban(pool=pool, queues={"default": {"limit": 200}}):
        async with pool.connection() as connection:
            while True:
                rows = await connection.execute(
                    "SELECT count(*) FROM oban_jobs WHERE state IN ('available', 'executing')")
                if left <= 0 and (await rows.fetchone())[0] == 0:
                    break
                await asyncio.sleep(0.02)
        print(time.monotonic() - started)


async def latency(pool):
    async with Oban(pool=pool, queues={"default": {"limit": 10}}):
        pause = float(sys.argv[4])
        await asyncio.sleep(1)
        for _ in range(count):
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
            handled.clear()
            await NoOp.enqueue({"note": "x" * 120})
            committed = time.monotonic_ns()
            await asyncio.wait_for(handled.wait(), 60)
            print(max(0, began - committed))


async def main():
    if verb == "fill":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(install_sql())
            connection.execute(
                """
                INSERT INTO oban_jobs (state, queue, worker, args, max_attempts, scheduled_at)
                SELECT 'available', 'default', %s, jsonb_build_object('note', repeat('x', 120)), 20,
                    timezone('UTC', now())
                FROM generate_series(1, %s)
                """, (f"{NoOp.__module__}.{NoOp.__qualname__}", count))
        return
    pool = await Oban.create_pool(url, min_size=4, max_size=20)
    await (drain(pool) if verb == "drain" else latency(pool))
    await pool.close()


asyncio.run(main())
