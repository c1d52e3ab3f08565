"""Loops that do what is due: agent jobs, internal jobs, timers, outbox, message expiry."""

from laneway.workers.agent.worker import AgentWorker
from laneway.workers.internal_worker import InternalWorker
from laneway.workers.retention_worker import RetentionWorker
from laneway.workers.timer_worker import TimerWorker
from laneway.workers.wakeup import InProcessWakeup
from laneway.workers.workers import ROLES, Workers

__all__ = ["ROLES", "AgentWorker", "InProcessWakeup", "InternalWorker", "RetentionWorker", "TimerWorker", "Workers"]
