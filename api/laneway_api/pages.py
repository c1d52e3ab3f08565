"""The start page and the API reference as plain HTML: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from laneway import __version__
from laneway.engine import Engine
from laneway.ports import Filter, SearchQuery

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
}

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#0a6b6b}
@media(prefers-color-scheme:dark){:root{--accent:#5cc9c9}}
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:0}a{color:var(--accent)}code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.75rem;overflow:auto;border-radius:.4rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
details{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.4rem .7rem}summary{cursor:pointer}
.verb{display:inline-block;min-width:4.5rem;font:600 13px ui-monospace,monospace;color:var(--accent)}
"""


def _page(title: str, *body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{"".join(body)}</body></html>'
    )


def start(engine: Engine, address: str) -> str:
    """``address``: where the caller found us, for the lines to try."""
    definitions = engine.search(
        SearchQuery("process-definitions", (Filter("isLatestVersion", "eq", True),), limit=200)
    ).items
    running = _count(engine, "process-instances", "ACTIVE")
    open_tasks = _count(engine, "user-tasks", "CREATED")
    incidents = _count(engine, "incidents", "ACTIVE")
    rows = [
        (
            escape(row["name"] or row["processDefinitionId"]),
            f"<code>{escape(row['processDefinitionId'])}</code>",
            str(row["version"]),
        )
        for row in definitions
    ]
    example = escape(definitions[0]["processDefinitionId"]) if definitions else "my-process"
    return _page(
        "Laneway",
        f"<h1>Laneway</h1><p>Version {escape(__version__)}. BPMN processes in which people, agents and systems work together.</p>",
        f"<p>{running} running · {open_tasks} user tasks open · {incidents} incidents open</p>",
        '<p><a href="/docs">API reference</a> · <a href="/openapi.json">OpenAPI document</a> · '
        '<a href="/metrics">Metrics</a> · <a href="/health/ready">Health</a></p>',
        "<h2>Deployed processes</h2>",
        _table(("Name", "Id", "Version"), rows) if rows else "<p>None yet.</p>",
        "<h2>Try it</h2>",
        "<pre>laneway deploy process.bpmn\n"
        f"curl -s {escape(address)}/v2/process-instances -H 'content-type: application/json' \\\n"
        f'  -d \'{{"processDefinitionId": "{example}"}}\'\n'
        f"curl -s {escape(address)}/v2/user-tasks/search -H 'content-type: application/json' -d '{{}}'</pre>",
    )


def _count(engine: Engine, resource: str, state: str) -> int:
    return engine.search(SearchQuery(resource, (Filter("state", "eq", state),), limit=0)).total


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{lines}</table>"


def reference(document: Mapping[str, Any]) -> str:
    schemas = document["components"]["schemas"]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            tag = (operation.get("tags") or ["Other"])[0]
            by_tag.setdefault(tag, []).append(_operation(verb, path, operation, schemas))
    sections = [f"<h2>{escape(tag)}</h2>{''.join(by_tag[tag])}" for tag in sorted(by_tag)]
    return _page(
        "Laneway API",
        "<h1>Laneway API</h1>",
        f"<p>{escape(document['info'].get('description', ''))}</p>",
        '<p><a href="/">Start</a> · <a href="/openapi.json">OpenAPI document</a></p>',
        *sections,
    )


def _operation(verb: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parts = [f"<p>{escape(operation.get('description', ''))}</p>"]
    parameters = [
        (f"<code>{escape(one['name'])}</code>", escape(one["in"]), escape(one.get("description", "")))
        for one in operation.get("parameters", ())
    ]
    if parameters:
        parts.append(_table(("Parameter", "In", ""), parameters))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h4>Body ({escape(kind)})</h4>" + _fields(content.get("schema", {}), schemas))
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {}).get("application/json")
        parts.append(f"<h4>{escape(str(status))}</h4><p>{escape(answer.get('description', ''))}</p>")
        if content and str(status).startswith("2"):
            parts.append(_fields(content.get("schema", {}), schemas))
    summary = escape(operation.get("summary", ""))
    return (
        f'<details><summary><span class="verb">{escape(verb.upper())}</span> <code>{escape(path)}</code> {summary}</summary>'
        f"{''.join(parts)}</details>"
    )


def _resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        found: Mapping[str, Any] = schemas.get(schema["$ref"].rpartition("/")[2], {})
        return found
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return _resolve(choices[0], schemas) if len(choices) == 1 else schema


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    schema = _resolve(schema, schemas)
    lead = f"<p>{escape(schema['description'])}</p>" if "description" in schema else ""
    properties = schema.get("properties")
    if not properties:
        return f"{lead}<pre>{escape(json.dumps(schema, indent=1)[:4000])}</pre>"
    required = set(schema.get("required", ()))
    rows = []
    for name, one in properties.items():
        mark = "" if name in required else " <small>optional</small>"
        described = escape(one.get("description", ""))
        rows.append((f"<code>{escape(name)}</code>{mark}", f"<code>{escape(_type(one, schemas))}</code>", described))
    nested = [
        f"<details><summary>{escape(name)}</summary>{_fields(inner, schemas)}</details>"
        for name, one in properties.items()
        if (inner := _inner(one, schemas)) is not None
    ]
    return lead + _table(("Field", "Type", ""), rows) + "".join(nested)


def _inner(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = _resolve(schema, schemas)
    if found.get("type") == "array":
        found = _resolve(found.get("items", {}), schemas)
    return found if found.get("properties") else None


def _type(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    nullable = any(one.get("type") == "null" for one in schema.get("anyOf", ()))
    found = _resolve(schema, schemas)
    name = str(found.get("type", "any"))
    if "enum" in found:
        name = " | ".join(str(value) for value in found["enum"])
    elif name == "array":
        name = _type(found.get("items", {}), schemas) + "[]"
    elif "title" in found and name == "object":
        name = found["title"]
    return f"{name} | null" if nullable else name
