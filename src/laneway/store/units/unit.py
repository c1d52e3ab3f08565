"""``UnitOfWork`` on SQL, put together from its noun families."""

from __future__ import annotations

from laneway.store.units.agents import AgentsUnit
from laneway.store.units.apply import ApplyUnit
from laneway.store.units.autonomy import AutonomyUnit
from laneway.store.units.budgets import BudgetsUnit
from laneway.store.units.data import DataUnit
from laneway.store.units.governed import GovernedUnit
from laneway.store.units.messages import MessagesUnit
from laneway.store.units.retired import RetiredUnit
from laneway.store.units.timers import TimersUnit
from laneway.store.units.tools import ToolsUnit
from laneway.store.units.work import WorkUnit


class SqlUnitOfWork(
    AgentsUnit,
    ApplyUnit,
    WorkUnit,
    TimersUnit,
    MessagesUnit,
    DataUnit,
    GovernedUnit,
    AutonomyUnit,
    BudgetsUnit,
    ToolsUnit,
    RetiredUnit,
):
    """One transaction. See ``laneway.ports.UnitOfWork`` for what each method promises."""
