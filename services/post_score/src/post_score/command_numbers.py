"""Numbers of the admin commands: in the order of their acceptance, whichever process accepts them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine


async def next_command_number(engine: AsyncEngine) -> int:
    """Return a number above all that were given before; raise the driver's error."""
    async with engine.connect() as connection:
        number: int = (await connection.execute(select(func.next_command_number()))).scalar_one()
    return number
