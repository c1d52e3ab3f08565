"""``load``: gate → document → SpiffWorkflow → compile → lint."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from laneway.domain.contract import AgentContract
from laneway.domain.model import ProcessModel
from laneway.domain.problem import Problem, Severity

if TYPE_CHECKING:
    from laneway.diagrams.document import Document
    from laneway.diagrams.findings import Findings
    from laneway.diagrams.spiff import LanewayProcessParser


@dataclass(frozen=True, slots=True)
class Diagram:
    """One file. ``hash``: SHA-256 of its bytes, hex. With a problem of severity error it must not be deployed."""

    name: str
    hash: str
    processes: tuple[ProcessModel, ...]
    problems: tuple[Problem, ...]

    @property
    def deployable(self) -> bool:
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def load(
    data: bytes,
    name: str,
    *,
    bindings: Mapping[str, Any] | None = None,
    contracts: Sequence[AgentContract] = (),
    walkthrough: bool | None = None,
    thorough: bool = False,
) -> Diagram:
    """Read a BPMN file.

    Parameters
    ----------
    data
        The file as it came.
    name
        What it is called, for messages.
    bindings
        What ``read_bindings`` gave for the bindings file deployed beside it.
    contracts
        Contracts of the agents deployed beside it: job types that they name become agent jobs.
    walkthrough
        True: what the diagram leaves open becomes human work; False: it must say everything; None: as each process says
        (``isExecutable``).
    thorough
        Tell also what does not matter to a deployment: validity by the XML schema, rules of drawing, paths that cannot meet.

    Raises
    ------
    Refused, TooLarge, UnsupportedEncoding
        By the XML gate. Faults of the diagram itself are problems, and the models still hold all that was read, unless there
        were over a thousand errors.
    """
    from laneway.diagrams.document import read_document
    from laneway.diagrams.findings import Findings, TooManyErrors
    from laneway.diagrams.lint.files import placement
    from laneway.diagrams.schema import report_faults, schema_faults
    from laneway.diagrams.xml_gate import parse_xml

    tree = parse_xml(data, name=name)
    findings = Findings(name)
    faults = schema_faults(data, tree) if thorough else []
    # A big file makes a million objects that live until it is compiled: the cycle collector would look at all of them again
    # and again, for a third of the time. Whoever found it at work starts it again, and only they, which is safe in threads.
    collects = gc.isenabled()
    if collects:
        gc.disable()
    try:
        document = read_document(tree, findings)
        placement(document, findings)
        models = _compile(document, findings, bindings, contracts, walkthrough)
        if thorough:
            _examine(document, models, findings, contracts, walkthrough)
    except TooManyErrors:
        models = ()
    finally:
        if collects:
            gc.enable()
    report_faults(faults, findings)
    return Diagram(name, hashlib.sha256(data).hexdigest(), models, findings.sorted())


def _compile(
    document: Document,
    findings: Findings,
    bindings: Mapping[str, Any] | None,
    contracts: Sequence[AgentContract],
    walkthrough: bool | None,
) -> tuple[ProcessModel, ...]:
    from laneway.diagrams.bare import refuse_bare
    from laneway.diagrams.bindings import readings
    from laneway.diagrams.compile import Compiler
    from laneway.diagrams.context import Context
    from laneway.diagrams.correlation import read_correlations
    from laneway.diagrams.dialects.spiffworkflow import default_language
    from laneway.diagrams.documentation import file_properties, process_properties
    from laneway.diagrams.findings import Where
    from laneway.diagrams.lint import lint
    from laneway.diagrams.lint.authority import with_steered
    from laneway.diagrams.names import truth
    from laneway.diagrams.spiff import LanewayBpmnParser
    from laneway.diagrams.texts import Texts

    if not document.of("process"):
        if document.elements:
            held = [name for name in ("choreography", "conversation", "collaboration") if document.of(name)]
            only = f", only a {held[0]}" if held else ""
            findings.error(
                "no_process",
                f"the file holds no process{only}",
                "Draw a process, not only a conversation or choreography.",
                Where(line=document.root.sourceline),
            )
        return ()
    if not bindings:
        refuse_bare(document, findings, walkthrough)
    parser = LanewayBpmnParser(document)
    texts = Texts(findings, default_language(document.root, document.expression_language))
    process_ids = {each.bpmn_id for each in parser.ordered}
    for_other = bindings is not None and bindings.get("process") not in (None, *process_ids)
    bound = {} if for_other else readings(bindings)
    job_types = {job_type: contract.name for contract in contracts for job_type in contract.job_types}
    shared = file_properties(document)
    correlations = read_correlations(document, findings)
    participants = {
        each.get("processRef"): (each.get("name") or "").strip()
        for each in reversed(document.of("participant"))
        if each.get("processRef") and (each.get("name") or "").strip()
    }
    associations = [(each.get("sourceRef"), each.get("targetRef")) for each in document.of("association")]
    models = []
    used: set[str] = set()
    for process in parser.ordered:
        strict = truth(process.node.get("isExecutable"), False) if walkthrough is None else not walkthrough
        source = _source(process, document, findings, participants)
        source.associations = associations
        source.properties = {**shared, **process_properties(process.contents, document, source.id)}
        context = Context(findings, texts, strict, bound, contracts, job_types, correlations, source.id)
        context.namespaces = document.namespaces
        model = Compiler(source, context).compile()
        used |= context.bound
        lint(model, findings, contracts)
        models.append(with_steered(model, contracts) if contracts else model)
    if all(len(model.nodes) == 1 for model in models):
        first = models[0]
        findings.error(
            "empty_process",
            f"nothing stands in the process {first.name or first.process_id}, so there is nothing to run",
            "Draw its elements, or leave the file out.",
            Where(first.process_id, first.name, first.line),
        )
    for unknown in sorted(bound.keys() - used):
        findings.warning(
            "binding_unknown_element",
            f"the bindings name {unknown}, which is no flow node or conditional flow of this file",
            "Correct the id.",
            Where(unknown),
        )
    return tuple(models)


def _examine(
    document: Document,
    models: Sequence[ProcessModel],
    findings: Findings,
    contracts: Sequence[AgentContract],
    walkthrough: bool | None,
) -> None:
    from laneway.diagrams.lint import examine
    from laneway.diagrams.lint.files import file_findings
    from laneway.diagrams.lint.token_game import Effort

    effort = Effort()
    file_findings(document, findings, mode_is_given=walkthrough is not None)
    for model in models:
        examine(model, findings, contracts, effort)


def _source(
    process: LanewayProcessParser, document: Document, findings: Findings, participants: Mapping[str, str]
) -> Any:
    from laneway.diagrams.compile import ProcessSource
    from laneway.diagrams.dialects import read_element
    from laneway.diagrams.document import where
    from laneway.diagrams.documentation import documentation_of

    node = process.node
    elements = [spec.record for spec in process.elements()]
    reading = read_element(node, document)
    for what, hint in reading.not_run:
        findings.error("not_supported_yet", f"{what} does not run yet", hint, where(node))
    for rule, message in reading.notes:
        findings.warning(rule, message, "", where(node))
    return ProcessSource(
        id=node.get("id"),
        name=(node.get("name") or "").strip() or None,
        line=node.sourceline,
        documentation=documentation_of(node),
        participant=participants.get(node.get("id")),
        elements=elements,
        flows=process.flows(),
        lanes=process.contents.lanes,
        reading=reading,
    )
