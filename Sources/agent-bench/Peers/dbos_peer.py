"""DBOS: workflow RUNS: workflows of ten steps that do nothing, on an empty database."""
import asyncio, sys, time

from dbos import DBOS

url, runs = sys.argv[2], int(sys.argv[3])
in_flight = 100


@DBOS.step()
async def step(number):
    return {"done": True}


@DBOS.workflow()
async def flow(run):
    for number in range(10):
        await step(number)
    return run


async def main():
    limit = asyncio.Semaphore(in_flight)

    async def one(run):
        async with limit:
            await flow(run)

    await flow(0)
    started = time.monotonic()
    await asyncio.gather(*(one(run) for run in range(1, runs + 1)))
    print(time.monotonic() - started)


DBOS(
    config={
        "name": "peer", "system_database_url": url, "log_level": "ERROR", "sys_db_pool_size": 16})
DBOS.launch()
asyncio.run(main())
DBOS.destroy()
