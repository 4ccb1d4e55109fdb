"""Numbers of the admin commands: in the order of their acceptance, whichever process accepts them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.tables import command_numbers


async def next_command_number(engine: AsyncEngine) -> int:
    """Return a number above all that were given before; raise the driver's error."""
    async with engine.connect() as connection:
        number: int = (await connection.execute(select(command_numbers.next_value()))).scalar_one()
    return number
