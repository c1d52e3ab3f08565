"""Ad-hoc sub-processes (BPMN 2.0, 10.3.5; Camunda 8, "Ad-hoc sub-processes")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from laneway.diagrams.context import Context, at
from laneway.diagrams.names import CAMUNDA_7, JBPM, ZEEBE, truth
from laneway.diagrams.record import AdHocReading, ElementRecord, Reading, Text
from laneway.diagrams.work import Work, human, job
from laneway.domain.model import AdHocSpec, UserTaskSpec, WorkSpec
from laneway.domain.types import ACTIVITIES, ElementType

DONE = "done"
"""Id of the choice by which a person says that nothing more is to be done; longer where an element is called so."""

_TOLD_FROM_OUTSIDE = frozenset({ZEEBE, JBPM, *CAMUNDA_7})
"""Where a file declares one of these, its engine leaves it to the API what begins; in plain BPMN nobody would say it."""

_IDLE = re.compile(r"""autocomplete|getActivityInstanceAttribute\(\s*(["'])numberOfActiveInstances\1\s*\)\s*==\s*0""")
"""https://docs.jbpm.org, "Ad hoc sub-process": its completion condition."""

_FORBIDDEN = {ElementType.START_EVENT: "a start event", ElementType.END_EVENT: "an end event"}


def ad_hoc_work(
    record: ElementRecord,
    reading: Reading,
    inside: Sequence[ElementRecord],
    offered: Sequence[ElementRecord],
    context: Context,
) -> Work:
    """Who says what is done next: a worker or an agent, whoever calls the API, or (walkthrough) a person.

    ``inside``: the flow nodes in it; ``offered``: those that can be activated.
    """
    _check(record, inside, context)
    if reading.agent is not None or reading.job_type is not None:
        return job(record, reading, context), False
    if context.strict or (reading.ad_hoc is not None and reading.ad_hoc.active_elements is not None):
        return None, False
    question = f"What is to be done next in «{record.name or record.id}»?"
    context.findings.info(
        "walkthrough",
        f"a person decides «{question}»: {', '.join(each.name or each.id for each in offered) or 'nothing is drawn in it'}",
        "Name the elements to activate in zeebe:adHoc, or bind it to a worker (jobType).",
        at(record),
    )
    if not offered:
        return human(record, context, reading, f"Please do: {record.name or record.id}"), True
    choices = (*((each.id, each.name or each.id) for each in offered), (_done(offered), "Nothing more"))
    spec = human(record, context, reading, question)
    return replace(spec, choices=choices, choose_many=not _sequential(record)), True


def _done(offered: Sequence[ElementRecord]) -> str:
    taken = {each.id for each in offered}
    done = DONE
    while done in taken:
        done += "_"
    return done


def _check(record: ElementRecord, inside: Sequence[ElementRecord], context: Context) -> None:
    """10.3.5: it holds at least one activity, and neither start nor end events."""
    report = context.findings.error if context.strict else context.findings.warning
    if not any(each.type in ACTIVITIES for each in inside):
        report(
            "ad_hoc_content",
            "there is no activity in the ad-hoc sub-process",
            "Draw into it what can be done.",
            at(record),
        )
    for each in inside:
        if each.type in _FORBIDDEN:
            report(
                "ad_hoc_content",
                f"{_FORBIDDEN[each.type]} stands in an ad-hoc sub-process, whose activities begin when they are chosen",
                "Remove it: a chain of activities begins with the first and ends with the last of them.",
                at(each),
            )


def ad_hoc_spec(record: ElementRecord, reading: Reading, work: WorkSpec | None, context: Context) -> AdHocSpec | None:
    if record.type is not ElementType.AD_HOC_SUB_PROCESS:
        return None
    said = reading.ad_hoc or AdHocReading()
    texts = context.texts
    where = at(record)
    condition = None
    if record.completion_condition is not None and not _when_idle(record.completion_condition, context):
        condition = texts.expression(
            record.completion_condition, where, "completion condition", lenient=not context.strict
        )
    output_item = texts.expression(said.output_item, where, "output element") if said.output_item is not None else None
    if (said.output_collection is None) != (said.output_item is None):
        context.findings.warning(
            "loop_output",
            "an output collection needs an output element and the other way round; nothing is collected",
            "Set both or neither.",
            where,
        )
    return AdHocSpec(
        sequential=_sequential(record),
        cancel_remaining=truth(record.attributes.get("cancelRemainingInstances"), True),
        completion_condition=condition,
        active_elements=texts.value(said.active_elements, where, "active elements"),
        output_collection=said.output_collection if output_item is not None else None,
        output_item=output_item if said.output_collection is not None else None,
        everything=context.strict
        and work is None
        and reading.ad_hoc is None
        and not context.namespaces & _TOLD_FROM_OUTSIDE,
        done=work.choices[-1][0] if isinstance(work, UserTaskSpec) and work.choices else None,
    )


def _when_idle(condition: Text, context: Context) -> bool:
    """jBPM's two ways to say that it ends once nothing in it is active, which it does here without a condition."""
    return JBPM in context.namespaces and _IDLE.fullmatch(condition.text.strip()) is not None


def _sequential(record: ElementRecord) -> bool:
    return record.attributes.get("ordering", "").strip() == "Sequential"
