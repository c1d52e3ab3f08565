"""The words of BPMN 2.0's XML (OMG formal/2013-12-09, Semantic.xsd): tags, and which of them are what."""

from __future__ import annotations

from functools import lru_cache

from laneway.diagrams.words import words
from laneway.domain.model import EventKind
from laneway.domain.types import ElementType

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
LANEWAY = "https://laneway.dev/bpmn/1.0"

CAMUNDA_7 = frozenset(
    {
        "http://camunda.org/schema/1.0/bpmn",
        "http://operaton.org/schema/1.0/bpmn",
        "http://cibseven.org/schema/1.0/bpmn",
        "http://flowable.org/bpmn",
        "http://activiti.org/bpmn",
    }
)
"""Namespaces of Camunda 7 and the engines of its family."""
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
JBPM = "http://www.jboss.org/drools"

_PREFIX = "{" + BPMN + "}"


@lru_cache(maxsize=1024)
def bpmn(name: str) -> str:
    return _PREFIX + name


@lru_cache(maxsize=1024)
def local(tag: str) -> str:
    """``{namespace}name`` → ``name``."""
    return tag.rpartition("}")[2]


def truth(text: str | None, default: bool) -> bool:
    """xsd:boolean: true and 1, false and 0."""
    return default if text is None else text.strip().lower() in ("true", "1")


FLOW_NODES: dict[str, ElementType] = {
    bpmn(name): kind
    for name, kind in {
        "task": ElementType.TASK,
        "userTask": ElementType.USER_TASK,
        "manualTask": ElementType.MANUAL_TASK,
        "serviceTask": ElementType.SERVICE_TASK,
        "sendTask": ElementType.SEND_TASK,
        "receiveTask": ElementType.RECEIVE_TASK,
        "scriptTask": ElementType.SCRIPT_TASK,
        "businessRuleTask": ElementType.BUSINESS_RULE_TASK,
        "callActivity": ElementType.CALL_ACTIVITY,
        "subProcess": ElementType.SUB_PROCESS,
        "transaction": ElementType.TRANSACTION,
        "adHocSubProcess": ElementType.AD_HOC_SUB_PROCESS,
        "startEvent": ElementType.START_EVENT,
        "endEvent": ElementType.END_EVENT,
        "intermediateCatchEvent": ElementType.INTERMEDIATE_CATCH_EVENT,
        "intermediateThrowEvent": ElementType.INTERMEDIATE_THROW_EVENT,
        "boundaryEvent": ElementType.BOUNDARY_EVENT,
        "exclusiveGateway": ElementType.EXCLUSIVE_GATEWAY,
        "inclusiveGateway": ElementType.INCLUSIVE_GATEWAY,
        "parallelGateway": ElementType.PARALLEL_GATEWAY,
        "eventBasedGateway": ElementType.EVENT_BASED_GATEWAY,
        "complexGateway": ElementType.COMPLEX_GATEWAY,
    }.items()
}
FLOW_NODE_TAGS = frozenset(FLOW_NODES)
SCOPE_TAGS = frozenset({bpmn("subProcess"), bpmn("transaction"), bpmn("adHocSubProcess")})

EVENT_DEFINITIONS: dict[str, EventKind] = {
    bpmn(name): kind
    for name, kind in {
        "messageEventDefinition": EventKind.MESSAGE,
        "timerEventDefinition": EventKind.TIMER,
        "signalEventDefinition": EventKind.SIGNAL,
        "errorEventDefinition": EventKind.ERROR,
        "escalationEventDefinition": EventKind.ESCALATION,
        "terminateEventDefinition": EventKind.TERMINATE,
        "conditionalEventDefinition": EventKind.CONDITIONAL,
        "linkEventDefinition": EventKind.LINK,
        "compensateEventDefinition": EventKind.COMPENSATION,
        "cancelEventDefinition": EventKind.CANCEL,
    }.items()
}

BESIDE_TAGS = frozenset(
    bpmn(name)
    for name in words("""
    participant message signal error escalation dataObject dataObjectReference dataStore dataStoreReference property
    correlationProperty collaboration messageFlow textAnnotation association group
    """)
) | frozenset(EVENT_DEFINITIONS)
"""What the flow refers to or is explained by, and what a reader keeps an object for."""

KNOWN = frozenset(
    bpmn(name)
    for name in words("""
    activationCondition adHocSubProcess artifact assignment association auditing boundaryEvent businessRuleTask
    callActivity callChoreography callConversation cancelEventDefinition category categoryValue categoryValueRef
    childLaneSet choreography choreographyRef choreographyTask collaboration compensateEventDefinition
    completionCondition complexBehaviorDefinition complexGateway condition conditionExpression
    conditionalEventDefinition conversation conversationAssociation conversationLink conversationNode correlationKey
    correlationProperty correlationPropertyBinding correlationPropertyRef correlationPropertyRetrievalExpression
    correlationSubscription dataAssociation dataInput dataInputAssociation dataInputRefs dataObject
    dataObjectReference dataOutput dataOutputAssociation dataOutputRefs dataPath dataState dataStore
    dataStoreReference definitions documentation endEvent endPoint endPointRef error errorEventDefinition errorRef
    escalation escalationEventDefinition event eventBasedGateway eventDefinition eventDefinitionRef exclusiveGateway
    expression extension extensionElements flowElement flowNode flowNodeRef formalExpression from globalBusinessRuleTask
    globalChoreographyTask globalConversation globalManualTask globalScriptTask globalTask globalUserTask group
    humanPerformer implicitThrowEvent import inMessageRef inclusiveGateway incoming innerParticipantRef inputDataItem
    inputSet inputSetRefs interface interfaceRef intermediateCatchEvent intermediateThrowEvent ioBinding
    ioSpecification itemDefinition lane laneSet linkEventDefinition loopCardinality loopCharacteristics loopCondition
    loopDataInputRef loopDataOutputRef manualTask message messageEventDefinition messageFlow messageFlowAssociation
    messageFlowRef messagePath monitoring multiInstanceLoopCharacteristics operation operationRef optionalInputRefs optionalOutputRefs outMessageRef outerParticipantRef
    outgoing outputDataItem outputSet outputSetRefs parallelGateway participant participantAssociation
    participantMultiplicity participantRef partitionElement partitionElementRef partnerEntity partnerEntityRef
    partnerRole partnerRoleRef performer potentialOwner process property receiveTask relationship rendering resource
    resourceAssignmentExpression resourceParameter resourceParameterBinding resourceRef resourceRole script scriptTask
    sendTask sequenceFlow serviceTask signal signalEventDefinition source sourceRef standardLoopCharacteristics
    startEvent subChoreography subConversation subProcess supportedInterfaceRef supports target targetRef task
    terminateEventDefinition text textAnnotation timeCycle timeDate timeDuration timerEventDefinition to transaction
    transformation type userTask whileExecutingInputRefs whileExecutingOutputRefs
    """)
)
"""Every element of the BPMN namespace that a file may hold; anything else in it is a mistake that is named."""
