"""The page that describes the service: made from its OpenAPI document, without scripts or anything from elsewhere."""

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { margin: 0; } h2 { font: 600 1.05rem/1.4 ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); padding: 1rem 0; } p { margin: .25rem 0; }
.verb { display: inline-block; min-width: 3.2rem; opacity: .7; }
table { border-collapse: collapse; margin-top: .5rem; } td { padding: .1rem 1.25rem .1rem 0; vertical-align: top; }
td:first-child { font-family: ui-monospace, monospace; } .quiet { opacity: .75; }
"""


def reference_page(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    asked = [
        (verb, path, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]
    sections = "".join(_section(document, *one) for one in asked)
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: HTTP service</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style><h1>{title}</h1>'
        f"<p>{escape(document['info'].get('description', ''))} Answers are JSON; an error is "
        "<code>{error, candidates}</code>.</p>"
        f'<p class="quiet">Version {escape(document["info"]["version"])} · '
        f'<a href="openapi.json">openapi.json</a></p>{sections}</html>'
    )


def _section(document: dict[str, Any], verb: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        (one["name"], one["schema"], one.get("required", False)) for one in operation.get("parameters", [])
    ]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        model = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
        rows = [
            (name, schema, name in model.get("required", ())) for name, schema in model["properties"].items()
        ]
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_kind(schema))}</td>"
        f"<td>{'required' if required else escape(_default(schema))}</td></tr>"
        for name, schema, required in rows
    )
    told = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(said)}</td></tr>"
        for name, said in _answer_fields(document, operation)
    )
    return (
        f'<section><h2><span class="verb">{escape(verb.upper())}</span> {escape(path)}</h2>'
        f"<p>{escape(operation.get('summary', ''))}</p>{f'<table>{cells}</table>' if cells else ''}"
        f"{f'<p class=quiet>In the answer</p><table>{told}</table>' if told else ''}</section>"
    )


def _answer_fields(document: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the fields of an answer whose names do not say what they are, with what they are."""
    schema = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    return _told_fields(document, schema, "")


def _told_fields(document: dict[str, Any], schema: dict[str, Any], path: str) -> list[tuple[str, str]]:
    schema = next((one for one in schema.get("anyOf", ()) if "$ref" in one), schema)
    schema, path = (schema["items"], f"{path}[]") if schema.get("type") == "array" else (schema, path)
    if "$ref" not in schema:
        return []
    fields = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
    found = []
    for name, field in fields.items():
        inner = f"{path}.{name}".lstrip(".")
        found += [(inner, field["description"])] if "description" in field else []
        found += _told_fields(document, field, inner)
    return found


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}, at most {schema['maxItems']}"
    if schema.get("type") == "integer":
        return f"whole number, {schema['minimum']} to {schema['maximum']}"
    if schema.get("type") == "number":
        return f"number, {schema['minimum']:g} to {schema['maximum']:g}"
    return f"text, at most {schema['maxLength']} characters"


def _default(schema: dict[str, Any]) -> str:
    return f"default {schema['default']}" if schema.get("default") not in (None, [], "") else ""
