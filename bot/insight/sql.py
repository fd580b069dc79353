"""Seconds and JSON in SQL, written for both databases. The measures are put together with these."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Float, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds(FunctionElement):
    """A moment as seconds since 1970, to the millisecond."""

    type = Float()
    name = "seconds"
    inherit_cache = True


class whole_seconds(FunctionElement):
    """A moment as whole seconds since 1970, rounded down."""

    type = BigInteger()
    name = "whole_seconds"
    inherit_cache = True


class as_list(FunctionElement):
    """The values of a group as text: a list in JSON, null among them."""

    type = Text()
    name = "as_list"
    inherit_cache = True


@compiles(seconds, "sqlite")
def _seconds_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # A day number holds a moment to some hundred-thousandths of a second: to the millisecond it is exact.
    return f"ROUND((julianday({compiler.process(element.clauses, **options)}) - 2440587.5) * 86400.0, 3)"


@compiles(seconds, "postgresql")
def _seconds_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    # EXTRACT gives an exact number, which takes three times as long.
    return f"date_part('epoch', {compiler.process(element.clauses, **options)})"


@compiles(whole_seconds, "sqlite")
def _whole_seconds_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(whole_seconds, "postgresql")
def _whole_seconds_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(FLOOR(date_part('epoch', {compiler.process(element.clauses, **options)})) AS BIGINT)"


@compiles(as_list, "sqlite")
def _as_list_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(as_list, "postgresql")
def _as_list_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(json_agg({compiler.process(element.clauses, **options)}) AS TEXT)"
