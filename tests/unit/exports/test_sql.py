"""A question reaches the tables for auditors and nothing else, and what is wrong with it is said in its own words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
import pytest

from services.cli.commands.sql import written
from services.cli.output import show_json
from services.exports import query
from services.exports.answer import QueryAnswer
from services.exports.dictionary import every_table
from services.exports.loading import quoted
from services.exports.permitted import QueryError
from services.exports.query import ask, lock
from services.figures.sql import answer_totals
from tests.unit.exports.conftest import Opened


def answer(tables: Opened, sql: str, rows: int = 10, seconds: float = 60) -> QueryAnswer:
    with tables() as made:
        return ask(made, sql, rows=rows, seconds=seconds)


def refusal(tables: Opened, sql: str, seconds: float = 60) -> tuple[str, dict[str, object]]:
    with pytest.raises(QueryError) as refused:
        answer(tables, sql, seconds=seconds)
    return refused.value.message.key, dict(refused.value.message.parameters)


def test_a_question_is_answered_in_exact_figures(tables: Opened):
    """Sums are whole rupiah, days and instants as people write them, codes with their words."""
    found = answer(tables, "SELECT status, status_words, entitled, event_date FROM claims ORDER BY claim")
    assert found.columns == ("status", "status_words", "entitled", "event_date")
    assert found.rows == [
        ("paid", "paid", 30_000_000, "2025-05-01"),
        ("waiting", "waiting", 0, "2025-05-01"),
    ]
    total = answer(tables, "SELECT sum(amount) AS total, max(ordered_at) FROM orders")
    assert total.rows == [(30_000_000, "2025-05-02T10:00:49+07:00")]


def test_every_table_of_the_schema_can_be_asked(tables: Opened):
    """By the names and columns that the dictionary has."""
    for name, table in every_table().items():
        assert answer(tables, f"FROM {quoted(name)}").columns == tuple(table.written)


def test_what_stands_in_a_list_has_a_row_of_its_own(tables: Opened):
    """Benefits, what is missing, months paid, what an exception rests on."""
    asked = {
        "FROM claim_benefits SELECT benefit, entitled": [
            ("jkm.death", 20_000_000),
            ("jkm.funeral", 10_000_000),
        ],
        "FROM claim_missing SELECT missing, missing_words": [
            ("document:ktp", "the identity card (KTP)"),
            ("finding:death", "the finding of the death"),
        ],
        "FROM paid_months SELECT month": [("2025-01",), ("2025-02",), ("2025-03",), ("2025-04",)],
        "FROM memberships SELECT starts_on, ended_on ORDER BY ALL": [
            ("2025-01-01", "2025-03-01"),
            ("2025-01-01", "2025-05-01"),
        ],
        "FROM exceptions JOIN exception_events USING (claim, kind, subject) SELECT kind, amount, event": [
            ("paid-without-order", 500_000, "bank-sumsel:p02-5")
        ],
        "FROM event_amounts SELECT name, amount WHERE field = 'payees'": [("heir:h1", 30_000_000)],
    }
    for sql, rows in asked.items():
        assert answer(tables, sql).rows == rows


def test_tables_are_joined_and_more_rows_than_asked_for_are_told(tables: Opened):
    """A name may be written in capitals, a query may name its own tables."""
    joined = "WITH due AS (SELECT * FROM CLAIMS) SELECT o.order_id FROM due JOIN main.orders o USING (claim)"
    assert answer(tables, joined).rows == [("-1.1",)]
    found = answer(tables, "SELECT * FROM range(5)", rows=2)
    assert (found.rows, found.cut) == ([(0,), (1,)], True)
    assert not answer(tables, "SELECT * FROM range(2)", rows=2).cut


def test_what_there_is_not_is_named_with_what_there_is(tables: Opened):
    """Tables, columns, functions."""
    key, told = refusal(tables, "SELECT * FROM klaim")
    assert (key, told["table"]) == ("sql.no-table", "klaim")
    assert "claims, claim_benefits" in str(told["tables"])
    key, told = refusal(tables, "SELECT jumlah FROM orders")
    assert (key, told["column"]) == ("sql.no-column", "jumlah")
    assert "orders: order_id, claim" in str(told["columns"])
    assert refusal(tables, "SELECT c.jumlah FROM claims c")[1]["column"] == "jumlah"
    assert refusal(tables, "SELECT hitung(1)") == ("sql.no-function", {"function": "hitung"})
    assert refusal(tables, "SELCT 1")[0] == "sql.refused"


WRITES = """
INSERT INTO claims SELECT * FROM claims
UPDATE claims SET entitled = 1
DELETE FROM claims
DROP TABLE claims
CREATE TABLE mine AS SELECT 1
CREATE MACRO mine() AS 1
SELECT 1; SELECT 2
SELECT 1; DROP TABLE claims
WITH x AS (DELETE FROM claims RETURNING *) SELECT * FROM x
WITH x AS (UPDATE claims SET entitled = 1 RETURNING *) FROM x
WITH x AS (INSERT INTO claims FROM claims RETURNING *) SELECT count(*) FROM x
SELECT * FROM (WITH x AS (DELETE FROM claims RETURNING *) FROM x)
SHOW TABLES
SHOW ALL TABLES
COPY claims TO '{file}'
COPY (SELECT 1) TO '{file}'
EXPORT DATABASE '{file}'
ATTACH '{file}'
INSTALL httpfs
LOAD httpfs
PRAGMA database_list
PRAGMA enable_profiling
SET enable_external_access = true
SET memory_limit = '10GB'
RESET lock_configuration
SET VARIABLE a = 1
CALL enable_logging()
CREATE SECRET mine (TYPE s3)
PREPARE q AS SELECT 1
EXPLAIN ANALYZE SELECT 1
CHECKPOINT
BEGIN
USE main
"""


@pytest.mark.parametrize("sql", WRITES.strip().splitlines())
def test_only_one_select_is_run(tables: Opened, tmp_path: Path, sql: str):
    """Nothing that writes, sets or loads, alone or behind a SELECT."""
    assert refusal(tables, sql.format(file=tmp_path / "out"))[0] == "sql.one-select"
    assert list(tmp_path.iterdir()) == []


READS = """
SELECT * FROM read_csv('{file}')
SELECT * FROM read_csv_auto('{file}')
SELECT * FROM sniff_csv('{file}')
SELECT * FROM read_text('{file}')
SELECT * FROM read_blob('{file}')
SELECT * FROM read_json('{file}')
SELECT * FROM read_ndjson_objects('{file}')
SELECT * FROM read_parquet('{file}')
SELECT * FROM parquet_metadata('{file}')
SELECT * FROM read_duckdb('{file}')
SELECT * FROM '{file}'
SELECT * FROM glob('{folder}/*')
SELECT * FROM query('SELECT * FROM read_text(''{file}'')')
SELECT * FROM query('COPY claims TO ''{out}''')
SELECT (SELECT content FROM read_text('{file}'))
WITH a AS MATERIALIZED (SELECT * FROM read_text('{file}')) SELECT * FROM a
SELECT * FROM read_csv('https://example.com/a.csv')
SELECT * FROM read_parquet('s3://bucket/a.parquet')
SELECT * FROM sqlite_scan('{file}', 'claims')
SELECT * FROM postgres_scan('', 'public', 'claims')
SELECT * FROM enable_logging(storage = 'file', storage_config = {{'path': '{out}'}})
SELECT getenv('HOME')
SELECT * FROM read_model.claims
SELECT * FROM secret
FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{file}'')'))
"""


@pytest.mark.parametrize("sql", READS.strip().splitlines())
def test_no_file_no_network_no_environment_and_no_other_table_is_reached(
    tables: Opened, tmp_path: Path, sql: str
):
    """Not even to see whether the file is there: the answer is the same where it is not, and has none of its words."""
    secret = tmp_path / "secret.csv"
    told = []
    for content in ("a,b\nhidden,words\n", None):
        secret.unlink(missing_ok=True)
        if content:
            secret.write_text(content)
        told.append(refusal(tables, sql.format(file=secret, folder=tmp_path, out=tmp_path / "out")))
    assert told[0] == told[1]
    assert "hidden" not in str(told)
    assert not (tmp_path / "out").exists()


def test_what_is_locked_reaches_no_file_either(tables: Opened, tmp_path: Path):
    """DuckDB itself refuses what the reading of a question may have let through, and settings stay as they are."""
    names = "'enable_external_access', 'lock_configuration', 'autoload_known_extensions', 'python_enable_replacements'"
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\nhidden,words\n")
    with tables() as made:
        lock(made.connection)
        found = made.connection.execute(
            f"FROM duckdb_settings() SELECT value WHERE name IN ({names}) ORDER BY name"
        )
        assert [value for (value,) in found.fetchall()] == ["false", "false", "true", "false"]
        for sql in READS.strip().splitlines():
            with pytest.raises(duckdb.Error) as refused:
                made.connection.execute(sql.format(file=secret, folder=tmp_path, out=tmp_path / "out"))
            assert "hidden" not in str(refused.value)
    assert not (tmp_path / "out").exists()


OF_MACHINE = """
FROM duckdb_settings()
FROM DuckDB_Settings()
FROM duckdb_settings
FROM duckdb_secrets()
FROM pragma_database_list
FROM sqlite_master
FROM pg_settings
FROM pg_catalog.pg_settings
FROM system.pg_catalog.pg_settings
FROM information_schema.tables
FROM system.main.duckdb_tables
FROM main.duckdb_tables
FROM query('SELECT current_setting(''secret_directory'')')
FROM query_table('claims')
WITH a AS (FROM duckdb_settings()) FROM a
SELECT (SELECT value FROM duckdb_settings() LIMIT 1)
SELECT current_setting('secret_directory')
SELECT main.Current_Setting('secret_directory')
SELECT 'secret_directory'.current_setting()
SELECT list_transform([1], lambda x: current_setting('secret_directory'))
SELECT json_serialize_plan('SELECT current_setting(''secret_directory'')')
SELECT 1 ORDER BY current_setting('secret_directory')
"""


@pytest.mark.parametrize("sql", OF_MACHINE.strip().splitlines())
def test_nothing_is_told_of_the_machine(tables: Opened, sql: str):
    """No setting, no view of DuckDB's own, wherever in a question."""
    assert refusal(tables, sql)[0] == "sql.not-allowed"


def test_columns_of_one_name_are_refused(tables: Opened):
    """JSON would keep one of them."""
    assert refusal(tables, "SELECT 1 a, 2 a, NULL b") == ("sql.same-name", {"columns": "a"})
    assert answer(tables, "SELECT 1 a, NULL b").rows == [(1, None)]


def test_figures_of_any_size_come_whole(tables: Opened):
    """From the process that answered."""
    sql = "SELECT sum(a), {'at': DATE '2025-01-02', 'b': [1.5]} FROM (SELECT 9223372036854775807 a FROM range(4))"
    assert answer(tables, sql).rows == [(4 * (2**63 - 1), {"at": "2025-01-02", "b": ["1.5"]})]


@pytest.mark.parametrize(
    "endless",
    [
        "SELECT count(*) FROM range(1000000000000) a, range(1000000) b",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        "SELECT levenshtein(repeat('x', 1000000), repeat('y', 1000000))",
    ],
)
def test_a_question_without_end_is_stopped(tables: Opened, endless: str):
    """After the seconds that it was given."""
    assert refusal(tables, endless, seconds=0.2) == ("sql.too-long", {"seconds": "0.2"})


@pytest.mark.parametrize(
    "big",
    [
        "SELECT list(range || repeat('x', 10000)) FROM range(20000)",
        "SELECT repeat('x', 1000000000) FROM range(50)",
        "SELECT list_transform(range(1000), lambda x: repeat('y', 10000000))",
        "SELECT to_json(repeat('x', 900000000))",
    ],
)
def test_a_question_that_needs_too_much_memory_is_stopped(tables: Opened, big: str):
    """In whatever it is needed, DuckDB's own or the values of the answer; and none of it is written to disk."""
    with tables() as made, pytest.raises(QueryError) as refused:
        ask(made, big, rows=1, seconds=600, memory=100_000_000)
    assert refused.value.message.key == "sql.too-much-memory"


def test_an_answer_that_nobody_could_read_is_refused(tables: Opened, monkeypatch: pytest.MonkeyPatch):
    """Before it is in the memory of whoever asked."""
    monkeypatch.setattr(query, "_MOST", 1_000_000)
    assert refusal(tables, "SELECT repeat('x', 1000000)")[0] == "sql.too-much-memory"


def test_a_question_that_ends_its_process_is_told_as_such(tables: Opened, monkeypatch: pytest.MonkeyPatch):
    """And the program that asked goes on."""
    monkeypatch.setattr(query, "lock", lambda _: os._exit(1))
    assert refusal(tables, "SELECT 1")[0] == "sql.broken-off"


def test_variables_of_the_program_are_no_tables(tables: Opened):
    """DuckDB would look for a name in the frames of Python."""
    secret = duckdb.sql("SELECT 1 AS a")
    assert refusal(tables, "SELECT * FROM secret")[0] == "sql.no-table"
    assert secret is not None


def test_writing_an_answer_ends_at_its_limit_too():
    """Whatever it is in the midst of; what was written by then is not shown."""

    def without_end() -> None:
        while True:
            sys.stdout.write("42")

    with pytest.raises(QueryError) as refused:
        written(without_end, 1)
    assert refused.value.message.key == "sql.too-long-to-show"
    assert written(lambda: show_json(42), 60) == "42\n"


def test_one_hash_total_stands_for_the_same_rows_in_any_order():
    """Another value, another row or another column gives another."""
    rows: list[tuple[object, ...]] = [("A-1", 5), ("A-2", None)]
    totals = [
        answer_totals(QueryAnswer(("claim", "paid"), found, cut=False))
        for found in (rows, rows[::-1], [("A-1", 6), rows[1]], rows[:1], [*rows, rows[0]])
    ]
    assert totals[0] == totals[1]
    assert len({one["hash_total"] for one in totals}) == 4
    assert [one["rows"] for one in totals] == [2, 2, 2, 1, 3]
