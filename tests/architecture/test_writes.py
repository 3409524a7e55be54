"""Only services, the outbox, the sealer and the relay change the database."""

import ast
import re
from collections.abc import Iterator

from tests.architecture import sources

WRITERS = re.compile(
    r"(referrals|coordination)/services/.*|referrals/(outbox|seal)\.py|coordination/relay\.py"
    r"|.*/migrations/.*"
)
# These names are the ORM's own; the others are everybody's and count on a queryset only.
ALWAYS = {
    "save",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "select_for_update",
}
ON_A_QUERYSET = {"create", "update", "delete"}
QUERYSET = {"objects", "all", "filter", "exclude", "get", "visible_to"}
WRITING_SQL = re.compile(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE|MERGE)\b", re.IGNORECASE)


def writes(source: sources.Source) -> Iterator[str]:
    for name, call in source.calls():
        is_method = isinstance(call.func, ast.Attribute)
        if name == "select_for_update" and "/models/" in source.path:
            # A queryset method that locks; calling it in a transaction is a service's work.
            continue
        if is_method and (
            name in ALWAYS or (name in ON_A_QUERYSET and QUERYSET & set(_chain(call.func)))
        ):
            yield f"{source.path}:{call.lineno} .{name}("
        elif name in {"execute", "executemany"} and _is_writing_sql(call):
            yield f"{source.path}:{call.lineno} writing SQL"


def _chain(node: ast.AST) -> Iterator[str]:
    """The attribute names from the call inwards: Model.objects.filter(…).update."""
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        else:
            node = node.func


def _is_writing_sql(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and WRITING_SQL.match(first.value) is not None
    )


def test_only_services_outbox_sealer_and_relay_write() -> None:
    found = [
        line
        for source in sources.of_project()
        # The servers' own roles and database are made before there is anything to write to, and
        # the benchmark's floor has a table of its own.
        if not WRITERS.fullmatch(source.path)
        and not source.path.startswith(("config/s", "config/bench/floor_wsgi"))
        for line in writes(source)
    ]
    assert found == []


def test_a_write_elsewhere_is_found() -> None:
    text = (
        "referral.save()\n"
        "Referral.objects.filter(pk=1).update(tier=1)\n"
        "cursor.execute('delete from referral')\n"
        "{}.update(a=1)\n"
        "digest.update(b'')\n"
    )
    source = sources.Source("referrals/api/views.py", text, ast.parse(text))
    assert [line.split(":")[1].split(" ")[0] for line in writes(source)] == ["1", "2", "3"]
