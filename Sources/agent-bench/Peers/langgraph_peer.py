"""LangGraph with PostgresSaver: graphs of ten nodes that do nothing, on an empty database."""
import asyncio, sys, time
from typing import TypedDict

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

url, runs = sys.argv[2], int(sys.argv[3])
in_flight = 100


class State(TypedDict):
    done: int


async def node(state):
    return {"done": state["done"] + 1}


async def main():
    async with AsyncConnectionPool(
        url, min_size=8, max_size=16,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    ) as pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        graph = StateGraph(State)
        names = [f"step{number}" for number in range(10)]
        for name in names:
            graph.add_node(name, node)
        for before, after in zip([START] + names, names + [END]):
            graph.add_edge(before, after)
        app = graph.compile(checkpointer=saver)
        limit = asyncio.Semaphore(in_flight)

        async def one(run):
            async with limit:
                await app.ainvoke(
                    {"done": 0}, {"configurable": {"thread_id": f"{run}"}}, durability="sync")

        await one(0)
        started = time.monotonic()
        await asyncio.gather(*(one(run) for run in range(1, runs + 1)))
        print(time.monotonic() - started)


asyncio.run(main())
