"""The files that deploy Laneway name only what there is. They are read here, never run: there is no Docker and no cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from opentelemetry.sdk import environment_variables

from laneway.cli.app import app
from laneway.settings import KNOWN_ROLES, Settings

DEPLOY = Path(__file__).parents[2] / "docs" / "how-to" / "deploy"
CHART = DEPLOY / "helm" / "laneway"
PLACE = re.compile(r"\{\{ ([\w.]+) \}\}")
SETTINGS = {f"LANEWAY_{name.upper()}" for name in Settings.model_fields}
PROBES = {"/health/live", "/health/ready"}


def values() -> dict[str, Any]:
    return dict(yaml.safe_load((CHART / "values.yaml").read_text()))


def rendered() -> list[dict[str, Any]]:
    """The chart's templates with their values put in: they use no more of Helm's language than that."""
    given = {"Values": values(), "Release": {"Name": "laneway"}}

    def put(place: re.Match[str]) -> str:
        found: Any = given
        for part in place[1].lstrip(".").split("."):
            found = found[part]
        return str(found)

    documents = []
    for template in sorted((CHART / "templates").glob("*.yaml")):
        text = PLACE.sub(put, template.read_text())
        assert "{{" not in text, f"{template.name} uses more of Helm's language than this test knows"
        documents += list(yaml.safe_load_all(text))
    return documents


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def traces() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.traces.yaml").read_text()))


def containers() -> dict[str, dict[str, Any]]:
    """Name → the pod of each deployment of the chart."""
    return {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["spec"]["template"]["spec"]
        for one in rendered()
        if one["kind"] == "Deployment"
    }


def command_lines() -> list[list[str]]:
    lines = [service["command"] for service in compose()["services"].values() if "command" in service]
    return lines + [pod["containers"][0]["args"] for pod in containers().values()]


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_a_command_line_is_one_that_is_understood(line: list[str]) -> None:
    # Given a command with its options; when the terminal parses it; then it is known, with roles that there are.
    command = typer.main.get_command(app).commands[line[0]]  # type: ignore[attr-defined]
    parsed = command.make_context(line[0], list(line[1:]))
    assert set(parsed.params["roles"].split(",")) <= set(KNOWN_ROLES)


def test_every_role_is_somewhere() -> None:
    chart = {role for pod in containers().values() for role in _roles(pod["containers"][0]["args"])}
    composed = {role for one in compose()["services"].values() if "command" in one for role in _roles(one["command"])}
    assert chart == composed == set(KNOWN_ROLES)


def _roles(line: list[str]) -> list[str]:
    return line[line.index("--roles") + 1].split(",")


def test_every_variable_is_a_setting() -> None:
    named = {entry["name"] for pod in containers().values() for entry in pod["containers"][0]["env"]}
    for service in compose()["services"].values():
        named |= {name for name in service["environment"] if name.startswith("LANEWAY_")}
    named |= set(re.findall(r"\b(LANEWAY_\w+)=", (DEPLOY / "Dockerfile").read_text()))
    for service in traces()["services"].values():
        named |= set(service.get("environment", ()))
    assert {name for name in named if not name.startswith("OTEL_")} <= SETTINGS
    assert {name for name in named if name.startswith("OTEL_")} <= set(vars(environment_variables))


def test_traces_go_from_every_process_to_the_collector_and_on() -> None:
    # Given the file that is put beside the other one; then each process of ours sends to a service that receives, which sends to one that is there.
    added = traces()["services"]
    ours = {name for name, service in compose()["services"].items() if "command" in service}
    collector = yaml.safe_load(traces()["configs"]["collector"]["content"])
    port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    for name in ours:
        assert added[name]["environment"]["LANEWAY_TRACING"] == "true"
        assert added[name]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://collector:{port}"
    assert collector["exporters"]["otlp"]["endpoint"].partition(":")[0] in added
    assert "--extra otel" in (DEPLOY / "Dockerfile").read_text()


def test_pods_are_probed_where_they_answer() -> None:
    for pod in containers().values():
        container = pod["containers"][0]
        assert {container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")} == PROBES
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
        assert "8080" in container["args"]
        assert container["ports"] == [{"name": "http", "containerPort": 8080}]


def test_a_pod_is_not_killed_before_its_work_may_end() -> None:
    given = values()["shutdown"]
    assert given["grace"] > given["delay"] + given["timeout"] + 5
    for service in compose()["services"].values():
        if "command" in service:
            timeout = float(service["environment"]["LANEWAY_SHUTDOWN_TIMEOUT"])
            assert float(service["stop_grace_period"].rstrip("s")) > timeout + 5


def test_every_value_is_used() -> None:
    used = {place for one in (CHART / "templates").glob("*.yaml") for place in PLACE.findall(one.read_text())}
    assert {f".Values.{path}" for path in _paths(values())} == {place for place in used if place.startswith(".Values")}


def _paths(tree: dict[str, Any]) -> list[str]:
    return [
        f"{name}.{inner}" if inner else name
        for name, value in tree.items()
        for inner in (_paths(value) if isinstance(value, dict) else [""])
    ]


def test_selectors_find_their_pods() -> None:
    documents = rendered()
    deployments = [one for one in documents if one["kind"] == "Deployment"]
    for one in deployments:
        assert one["spec"]["selector"]["matchLabels"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
    (service,) = [one for one in documents if one["kind"] == "Service"]
    selected = [
        one
        for one in deployments
        if service["spec"]["selector"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert [one["metadata"]["name"] for one in selected] == ["laneway-api"]
