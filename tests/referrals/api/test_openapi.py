"""The OpenAPI document is served to everybody, without a warning, and tells what is answered."""

import json
import re

import pytest
from django.core.management import call_command
from django.test import Client

from tests import factories as make
from tests.walls import routes


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    target = tmp_path_factory.mktemp("openapi") / "openapi.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json",
        "--file", str(target),
    )  # fmt: skip
    return json.loads(target.read_text())


def resolved(document, schema):
    while True:
        if "allOf" in schema:
            schema = schema["allOf"][0] | {k: v for k, v in schema.items() if k != "allOf"}
        if "$ref" not in schema:
            return schema
        target = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        schema = target | {k: v for k, v in schema.items() if k != "$ref"}


def differences(document, schema, value, at=""):
    """Tell where an answer is not what the document says."""
    schema = resolved(document, schema)
    kinds = schema.get("type", "object")
    if value is None:
        found = [] if schema.get("nullable") or "null" in kinds else [f"{at} is null"]
    elif isinstance(value, dict) and "properties" in schema:
        found = differences_of_members(document, schema["properties"], value, at)
    elif isinstance(value, list) and kinds == "array":
        found = [d for e in value for d in differences(document, schema["items"], e, f"{at}/-")]
    else:
        wanted = {"string": str, "integer": int, "boolean": bool, "array": list}.get(kinds, dict)
        found = [] if isinstance(value, wanted) else [f"{at} is {value!r}, not {kinds}"]
    return found


def differences_of_members(document, properties, value, at):
    odd = [f"{at} differs in {name}" for name in set(value) ^ set(properties)]
    for name in set(value) & set(properties):
        odd += differences(document, properties[name], value[name], f"{at}/{name}")
    return odd


def told(document, path, method, status):
    content = document["paths"][path][method]["responses"][str(status)]["content"]
    return content["application/json"]["schema"]


def test_it_is_json_for_everybody_and_called_tandem(db):
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Tandem"


def test_it_tells_every_route_and_method(document):
    expected = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", f"/api/v1/{route.pattern}"), method)
        for route in routes.all_routes().values()
        for method in route.methods
        if route.pattern not in ("openapi.json", "docs")
    }
    found = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert found == expected


def test_every_act_tells_its_idempotency_key_and_its_problems(document):
    for path, methods in document["paths"].items():
        for operation in (op for method, op in methods.items() if method == "post"):
            names = {p["name"] for p in operation["parameters"] if p.get("required")}
            assert "Idempotency-Key" in names, path
            assert {"400", "404", "409", "422"} <= set(operation["responses"])
            assert "application/problem+json" in operation["responses"]["400"]["content"]


def test_every_answer_has_exactly_the_documented_fields(document, cast, client_of, run_engine):
    client, here = client_of(cast.spine), "/api/v1/referrals/{uuid}"
    body = routes.valid_body("referrals", cast, cast.pain) | {
        "findings": make.CAUDA_EQUINA | {"flare_of_known_pain": "present"}
    }
    made = client_of(cast.pain).send("/api/v1/referrals", body)
    assert made.status_code == 201, made.content
    faults = list(
        differences(document, told(document, "/api/v1/referrals", "post", 201), made.json())
    )
    run_engine()
    case = type("Case", (), {"uuid": made.json()["id"]})
    for pattern in (
        "acknowledgement",
        "acceptance",
        "patient-contact",
        "red-flags/<str:rule>/resolution",
    ):
        route = routes.all_routes()[f"{routes.HERE}/{pattern}"]
        office = cast.spine
        answer = client.send(route.path(case), routes.valid_body(route.pattern, cast, office))
        assert answer.status_code == 200, answer.content
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/api/v1/{route.pattern}")
        faults += differences(document, told(document, path, "post", 200), answer.json(), path)
    for route in routes.all_routes().values():
        if "get" in route.methods and route.pattern not in ("openapi.json", "docs"):
            path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/api/v1/{route.pattern}")
            answer = client.get(route.path(case))
            faults += differences(document, told(document, path, "get", 200), answer.json(), path)
    assert here in document["paths"]
    assert faults == []


def test_a_documented_field_that_is_not_answered_is_found(document):
    schema = told(document, "/api/v1/me", "get", 200)
    assert list(differences(document, schema, {"practice": None, "scopes": [1]})) != []


def test_the_page_loads_under_the_content_policy(db):
    page = Client().get("/api/v1/docs")
    assert "script-src" not in page["Content-Security-Policy"]
    html = page.content.decode()
    sources = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    assert len(sources) == 3
    for attributes, inline in sources:
        assert inline.strip() == ""
        source = re.search(r'src="([^"]+)"', attributes).group(1)
        assert "javascript" in loaded_type(source)
    style = re.search(r'<link rel="stylesheet" href="(/[^"]+)"', html).group(1)
    assert loaded_type(style).startswith("text/css")


def loaded_type(source):
    loaded = Client().get(source)
    assert loaded.status_code == 200
    assert loaded.getvalue()
    loaded.close()
    return loaded["Content-Type"]
