"""User tasks: work that waits for a person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from laneway_api.rows import Falls, Key
from laneway_api.schemas.common import Command, Instant, Name, PageInfo, Text, Variables, Wire
from laneway_api.search import SearchBody, Searched

State = Annotated[
    Literal[
        "ASSIGNING", "CANCELED", "CANCELING", "COMPLETED", "COMPLETING", "CREATED", "CREATING", "FAILED", "UPDATING"
    ],
    Falls("CREATED"),
]

SEARCHED = Searched(
    "user-tasks",
    {
        "userTaskKey": "key",
        "state": "enum",
        "assignee": "text",
        "priority": "integer",
        "elementId": "text",
        "name": "text",
        "candidateGroup": "text",
        "candidateUser": "text",
        "tenantId": "text",
        "businessId": "text",
        "processDefinitionId": "text",
        "creationDate": "date",
        "completionDate": "date",
        "followUpDate": "date",
        "dueDate": "date",
        "processDefinitionKey": "key",
        "processInstanceKey": "key",
        "rootProcessInstanceKey": "key",
        "elementInstanceKey": "key",
        "processInstanceVariables": "variables",
        "localVariables": "variables",
        "tags": "tags",
    },
    ("userTaskKey", "creationDate", "completionDate", "followUpDate", "dueDate", "priority", "name", "businessId"),
)


class Choice(Wire):
    """One way to go on: `id` of the sequence flow, `name` of it on the diagram. Either is given as variable `choice`."""

    id: str
    name: str


class UserTask(Wire):
    user_task_key: Key
    name: str | None
    state: State
    assignee: str | None
    element_id: str
    candidate_groups: list[str]
    candidate_users: list[str]
    process_definition_id: str
    creation_date: Instant
    completion_date: Instant | None
    follow_up_date: Instant | None
    due_date: Instant | None
    tenant_id: str
    external_form_reference: str | None
    process_definition_version: int
    custom_headers: dict[str, str]
    element_instance_key: Key
    process_name: str | None
    process_definition_key: Key
    process_instance_key: Key
    root_process_instance_key: Key | None
    business_id: str | None
    form_key: Key | None
    tags: list[str]
    priority: int
    question: str | None = Field(
        default=None, description="What is to be decided; only where the diagram leaves a decision to a person"
    )
    choices: list[Choice] | None = Field(default=None, description="The ways to go on; likewise")
    choose_many: bool | None = Field(default=None, description="More than one may be chosen; likewise")


class UserTasks(Wire):
    items: list[UserTask]
    page: PageInfo


class UserTaskSearch(SearchBody):
    searched = SEARCHED


class AssignUserTask(Command):
    assignee: Name
    allow_override: bool | None = Field(default=None, description="False: refuse if it is someone else's (a claim)")
    action: Text | None = Field(default=None, description="A word for the record; `assign` unless told")


class CompleteUserTask(Command):
    variables: Variables | None = None
    action: Text | None = Field(default=None, description="A word for the record; `complete` unless told")


class Changes(Command):
    """What is left out stays; null, `[]` or an empty date takes the value away."""

    due_date: Instant | Literal[""] | None = None
    follow_up_date: Instant | Literal[""] | None = None
    candidate_users: list[Name] | None = Field(default=None, max_length=1000)
    candidate_groups: list[Name] | None = Field(default=None, max_length=1000)
    priority: Annotated[int, Field(ge=0, le=100)] | None = None


class UpdateUserTask(Command):
    changeset: Changes | None = None
    action: Text | None = None
