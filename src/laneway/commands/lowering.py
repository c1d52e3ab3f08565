"""An agent whose evidence has left the band of its contract is lowered by one, once, and its owner hears of it."""

from __future__ import annotations

from dataclasses import replace

from laneway.commands import autonomy
from laneway.commands.execution import Unit
from laneway.domain.autonomy import AutonomyPair, AutonomySetting
from laneway.domain.contract import AgentContract
from laneway.domain.types import IncidentState, IncidentType
from laneway.domain.work import Incident

BY = "system:autonomy"


def lower_if_left(unit: Unit, contract: AgentContract, pair: AutonomyPair) -> None:
    """``pair`` has just been completed. What came before the level was last set, or under another contract, is no evidence of it."""
    said = contract.autonomy.band
    if said is None or pair.agreed is None:
        return
    from laneway.governance.autonomy import advise, evidence
    from laneway.governance.autonomy_report import band_of, pair_of

    tenant_id, process_id, element_id = pair.tenant_id, pair.process_id, pair.element_id
    standing = unit.uow.autonomy_settings(tenant_id, process_id)
    since = max((each.confirmed_at or each.requested_at for each in standing if _holds(each, element_id)), default=None)
    pairs = [
        each
        for each in unit.uow.autonomy_pairs(tenant_id, process_id, element_id, said.pairs)
        if each.contract == contract.hash
        and (since is None or each.opened_at >= since)
        and (each.level == "auto") == (pair.level == "auto")
    ]
    level = unit.uow.autonomy_level(tenant_id, process_id, element_id) or contract.autonomy.at(element_id)
    band = band_of(said)
    if pair.level == "auto":  # nobody says there whether they agree
        band = replace(band, least_agreement=0.0, most_calibration_error=None)
    advice = advise(level, evidence([pair_of(each) for each in pairs]), band)
    if not advice.automatic:
        return
    setting = autonomy.put(
        unit, tenant_id, process_id, element_id, advice.level, level, advice.because, BY, pending=False
    )
    unit.concerns(details={"autonomyLowered": f"{level} → {advice.level}"})
    unit.uow.add_notice(
        Incident(
            key=unit.uow.ids.next(),
            root_key=pair.root_key,
            process_instance_key=pair.process_instance_key,
            process_definition_key=pair.process_definition_key,
            process_id=process_id,
            element_instance_key=pair.element_instance_key,
            element_id=element_id,
            type=IncidentType.AUTONOMY_LOWERED,
            message=(
                f"for {contract.owner}: agent «{contract.name}» at {element_id} was lowered from {level} to {advice.level}: "
                f"{advice.because}. Look at `laneway autonomy report`; raise it again with setting {setting.key} in mind"
            ),
            state=IncidentState.ACTIVE,
            created_at=unit.now,
            tenant_id=tenant_id,
        )
    )


def _holds(setting: AutonomySetting, element_id: str) -> bool:
    return setting.state == "ACTIVE" and setting.element_id in (element_id, "")
