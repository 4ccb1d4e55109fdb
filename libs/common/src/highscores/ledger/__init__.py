"""PostgreSQL, the truth: tables, migrations, and the set-based statements that read and write them."""
