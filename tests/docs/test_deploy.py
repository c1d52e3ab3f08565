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


def services() -> dict[str, dict[str, Any]]:
    """Of both files, as the second one is put beside the first."""
    found = {name: dict(service) for name, service in compose()["services"].items()}
    for name, service in traces()["services"].items():
        found[name] = {**found.get(name, {}), **service}
    return found


# Keys of a service that the files use, of those that the Compose Specification (chapter "Services top-level element") has.
SERVICE_KEYS = {
    "build",
    "command",
    "configs",
    "depends_on",
    "environment",
    "healthcheck",
    "image",
    "ports",
    "restart",
    "stop_grace_period",
    "volumes",
}


def test_services_are_written_in_words_of_compose() -> None:
    for one in (compose(), traces()):
        assert {key for key in one if not key.startswith("x-")} <= {"name", "services", "volumes", "configs"}
        assert one["name"] == "laneway"
    for service in services().values():
        assert set(service) <= SERVICE_KEYS
        assert service["image"]
        assert set(service.get("build", {})) <= {"context", "dockerfile"}
        assert set(service.get("healthcheck", {})) <= {"test", "interval", "timeout", "retries", "start_period"}


def test_what_is_not_built_here_has_a_version() -> None:
    for service in services().values():
        if "build" not in service:
            tag = service["image"].rpartition(":")[2]
            assert re.fullmatch(r"\d+(\.\d+)*", tag), service["image"]


def test_what_is_built_is_there_and_built_from_the_whole_repository() -> None:
    for service in services().values():
        if "build" in service:
            context = (DEPLOY / service["build"]["context"]).resolve()
            assert (context / "pyproject.toml").is_file()
            assert (context / service["build"]["dockerfile"]).is_file()


def test_who_waits_for_another_waits_for_its_health() -> None:
    # Given the conditions under which a service is started; when one waits for another to be healthy; then that one says how to tell.
    found = services()
    for service in found.values():
        for other, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}
            assert found[other]["healthcheck"]["test"]


def test_every_process_of_ours_is_asked_whether_it_is_ready() -> None:
    for service in compose()["services"].values():
        if "command" not in service:
            continue
        asked = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", service["healthcheck"]["test"][-1])
        assert asked is not None
        assert asked[2] == "/health/ready"
        line = service["command"]
        ports = [line[line.index(name) + 1] for name in ("--port", "--health-port") if name in line]
        assert asked[1] == (ports[0] if ports else str(Settings.model_fields["port"].default))


def test_whoever_has_a_port_on_this_machine_is_reached_from_it_alone() -> None:
    for service in services().values():
        for port in service.get("ports", ()):
            assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_the_api_listens_where_its_port_leads() -> None:
    """In a container ``127.0.0.1`` is reached by nobody: what it listens on is said in the image."""
    container_port = compose()["services"]["api"]["ports"][0].rpartition(":")[2]
    assert container_port == str(Settings.model_fields["port"].default)
    said = dict(re.findall(r"\b(LANEWAY_\w+)=(\S+)", (DEPLOY / "Dockerfile").read_text()))
    line = compose()["services"]["api"]["command"]
    assert "--host" in line or said["LANEWAY_HOST"] == "0.0.0.0"


def test_no_secret_stands_in_a_file() -> None:
    # Given everything that is handed to a process; when it is a password; then it comes from outside.
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY", name) or ("://" in value and "@" in value):
                assert "${LANEWAY_DB_PASSWORD:?" in value, name
    for pod in containers().values():
        for entry in pod["containers"][0]["env"]:
            if re.search("PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL", entry["name"]):
                assert set(entry["valueFrom"]["secretKeyRef"]) == {"name", "key"}, entry["name"]
    text = "".join(path.read_text() for path in CHART.rglob("*.yaml"))
    assert not re.findall(r"postgresql://\w+:(?!password@)", text)


def test_volumes_and_configs_that_are_mounted_are_declared() -> None:
    declared = {*compose().get("volumes", {}), *traces().get("configs", {})}
    mounted = {volume.partition(":")[0] for service in services().values() for volume in service.get("volumes", ())}
    mounted |= {config["source"] for service in services().values() for config in service.get("configs", ())}
    assert mounted == declared


def test_a_chart_says_what_helm_asks_of_it() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["apiVersion"] == "v2"
    assert chart["name"] == CHART.name
    for version in (chart["version"], chart["appVersion"]):
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_what_is_rendered_is_what_kubernetes_takes() -> None:
    versions = {"Deployment": "apps/v1", "Service": "v1"}
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered()]
    assert len(names) == len(set(names))
    for one in rendered():
        assert one["apiVersion"] == versions[one["kind"]]
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", one["metadata"]["name"])  # RFC 1035, 2.3.1
    for pod in containers().values():
        container = pod["containers"][0]
        assert all(isinstance(word, str) for word in container["args"])
        # A number or a truth value where text is wanted is refused by the cluster.
        assert all(isinstance(entry["value"], str) for entry in container["env"] if "value" in entry)
        assert len({entry["name"] for entry in container["env"]}) == len(container["env"])
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["port"] == container["ports"][0]["name"]
        assert pod["securityContext"]["runAsNonRoot"] is True


def test_the_grace_that_a_pod_has_is_the_one_of_the_values() -> None:
    shutdown = values()["shutdown"]
    for pod in containers().values():
        said = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
        assert pod["terminationGracePeriodSeconds"] == shutdown["grace"]
        assert float(said["LANEWAY_SHUTDOWN_DELAY"]) == shutdown["delay"]
        assert float(said["LANEWAY_SHUTDOWN_TIMEOUT"]) == shutdown["timeout"]


def test_a_pod_is_started_only_while_it_may_take_its_time() -> None:
    """Of a first start, which brings the database to this version: a minute at least before the cluster gives up."""
    for pod in containers().values():
        probe = pod["containers"][0]["startupProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] >= 60
