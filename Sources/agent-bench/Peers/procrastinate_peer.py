"""procrastinate: fill N | drain N | latency N PAUSE, on an empty database."""
import asyncio, logging, random, sys, time

from procrastinate import App, PsycopgConnector

logging.disable(logging.ERROR)
verb, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
app = App(connector=PsycopgConnector(conninfo=url, min_size=4, max_size=20))
handled = asyncio.Event()
began = 0


@app.task(name="noop")
async def noop(note):
    global began
    began = time.monotonic_ns()
    handled.set()


async def latency():
    worker = asyncio.create_task(
        app.run_worker_async(concurrency=10, install_signal_handlers=False))
    pause = float(sys.argv[4])
    await asyncio.sleep(1)
    for _ in range(count):
        await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
        handled.clear()
        await noop.defer_async(note="x" * 120)
        committed = time.monotonic_ns()
        await asyncio.wait_for(handled.wait(), 60)
        print(max(0, began - committed))
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def main():
    async with app.open_async():
        if verb == "fill":
            await app.schema_manager.apply_schema_async()
            for start in range(0, count, 5_000):
                size = min(5_000, count - start)
                await noop.batch_defer_async(*({"note": "x" * 120} for _ in range(size)))
        elif verb == "drain":
            started = time.monotonic()
            await app.run_worker_async(
                concurrency=20, wait=False, install_signal_handlers=False)
            print(time.monotonic() - started)
        else:
            await latency()


asyncio.run(main())
