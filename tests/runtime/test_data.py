"""Data objects, properties, inputs, outputs and the associations between them (BPMN 2.0, 10.4)."""

from __future__ import annotations

from typing import Any

from laneway.domain.transition import MessageToSend
from tests.support.drawing import Drawing, Scope, extension, job, mapping, refers
from tests.support.play import Player

WORK = extension(job("work"))


def specification(inputs: str = "", outputs: str = "") -> str:
    """An ioSpecification with the data inputs and outputs named."""
    ins = [f'<dataInput id="in_{name}" name="{name}"/>' for name in inputs.split()]
    outs = [f'<dataOutput id="out_{name}" name="{name}"/>' for name in outputs.split()]
    sets = "<inputSet/><outputSet/>"
    return f"<ioSpecification>{''.join(ins)}{''.join(outs)}{sets}</ioSpecification>"


def into(source: str, target: str, inner: str = "") -> str:
    return _association("dataInputAssociation", source, target, inner)


def out_of(source: str, target: str, inner: str = "") -> str:
    return _association("dataOutputAssociation", source, target, inner)


def _association(kind: str, source: str, target: str, inner: str) -> str:
    from_ = f"<sourceRef>{source}</sourceRef>" if source else ""
    return f"<{kind}>{from_}<targetRef>{target}</targetRef>{inner}</{kind}>"


def assign(given: str, to: str) -> str:
    return f"<assignment><from>{given}</from><to>{to}</to></assignment>"


def one_task(inner: str, kind: str = "serviceTask", *data: str) -> Drawing:
    """A process with one task, after which another waits."""
    drawing = Drawing()
    process = drawing.process()
    for name in data:
        process.node("dataObject", name)
        process.node("dataObjectReference", f"ref_{name}", dataObjectRef=name)
    process.node("startEvent", "start")
    process.node(kind, "task", inner)
    process.node("userTask", "after")
    process.node("endEvent", "end")
    process.chain("start", "task", "after", "end")
    return drawing


def local(player: Player, element_id: str) -> dict[str, Any]:
    assert player.state is not None
    key = player.work(element_id).element_instance_key
    return player.state.variables.get(key, {})


def test_an_input_is_filled_from_a_data_object() -> None:
    drawing = one_task(WORK + specification("amount") + into("ref_total", "in_amount"), "serviceTask", "total")
    player = Player(drawing.xml()).start({"total": 7, "other": 1})

    assert local(player, "task") == {"amount": 7}


def test_an_input_whose_source_is_not_there_stays_away() -> None:
    drawing = one_task(WORK + specification("amount") + into("ref_total", "in_amount"), "serviceTask", "total")
    player = Player(drawing.xml()).start({"other": 1})

    assert local(player, "task") == {}


def test_an_output_goes_to_the_data_object_and_all_else_where_it_always_goes() -> None:
    drawing = one_task(WORK + specification("", "sum") + out_of("out_sum", "ref_total"), "serviceTask", "total")
    player = Player(drawing.xml()).start({"kept": 1})

    player.complete("task", {"sum": 9, "note": "as usual"})

    assert player.variables() == {"kept": 1, "total": 9, "note": "as usual"}


def test_an_output_that_work_did_not_give_writes_nothing() -> None:
    drawing = one_task(WORK + specification("", "sum") + out_of("out_sum", "ref_total"), "serviceTask", "total")
    player = Player(drawing.xml()).start({"total": 3})

    player.complete("task", {"note": "nothing else"})

    assert player.variables() == {"total": 3, "note": "nothing else"}


def test_an_association_between_the_same_names_only_documents() -> None:
    drawing = one_task(
        WORK + specification("total", "total") + into("ref_total", "in_total") + out_of("out_total", "ref_total"),
        "serviceTask",
        "total",
    )
    player = Player(drawing.xml()).start({"total": 3})

    assert local(player, "task") == {}
    player.complete("task", {"total": 4})
    assert player.variables() == {"total": 4}


def test_what_a_modeller_draws_without_inputs_only_documents() -> None:
    inner = (
        WORK
        + '<property id="Property_1" name="__targetRef_placeholder"/>'
        + into("ref_total", "Property_1")
        + "<dataOutputAssociation><targetRef>ref_total</targetRef></dataOutputAssociation>"
    )
    player = Player(one_task(inner, "serviceTask", "total").xml()).start({"total": 3})

    assert local(player, "task") == {}
    player.complete("task", {"x": 1})
    assert player.variables() == {"total": 3, "x": 1}


def test_a_transformation_is_evaluated_over_its_sources() -> None:
    inner = WORK + specification("net") + into("ref_total", "in_net", "<transformation>total / 2</transformation>")
    player = Player(one_task(inner, "serviceTask", "total").xml()).start({"total": 8})

    assert local(player, "task") == {"net": 4}


def test_a_transformation_may_call_its_sources_by_id() -> None:
    inner = WORK + specification("net") + into("ref_total", "in_net", "<transformation>ref_total + 1</transformation>")
    player = Player(one_task(inner, "serviceTask", "total").xml()).start({"total": 8})

    assert local(player, "task") == {"net": 9}


def test_assignments_write_below_their_target() -> None:
    inner = (
        WORK
        + specification("request")
        + into(
            "ref_total", "in_request", assign("total", "in_request.amount") + assign("${total > 5}", "request.large")
        )
    )
    player = Player(one_task(inner, "serviceTask", "total").xml()).start({"total": 8})

    assert local(player, "task") == {"request": {"amount": 8, "large": True}}


def test_an_output_assignment_keeps_the_rest_of_its_object() -> None:
    inner = WORK + specification("", "sum") + out_of("out_sum", "ref_order", assign("sum * 2", "order.total"))
    player = Player(one_task(inner, "serviceTask", "order").xml()).start({"order": {"id": 1}})

    player.complete("task", {"sum": 4})

    assert player.variables() == {"order": {"id": 1, "total": 8}}


def test_a_failing_assignment_is_an_incident_that_can_be_resolved() -> None:
    inner = WORK + specification("amount") + into("", "in_amount", assign("${total.size()}", "amount"))
    player = Player(one_task(inner).xml()).start({"total": 8})

    assert "amount" in player.incidents()[0]
    player.resolve({"total": [1, 2]})
    assert local(player, "task") == {"amount": 2}


def test_a_property_is_a_variable_of_its_process() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("property", "state")
    process.node("startEvent", "start")
    process.node("userTask", "task")
    process.chain("start", "task")

    assert Player(drawing.xml()).start().variables() == {"state": None}
    assert Player(drawing.xml()).start({"state": "given"}).variables() == {"state": "given"}


def test_a_property_of_a_sub_process_stays_in_it() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("startEvent", "start")
    sub, inside = process.sub("sub", '<property id="state" name="state"/>')
    inside.node("startEvent", "begin")
    inside.node("userTask", "task")
    inside.chain("begin", "task")
    process.node("userTask", "after")
    process.chain("start", sub, "after")
    player = Player(drawing.xml()).start()

    player.complete("task", {"state": 1, "other": 2})

    assert player.variables() == {"other": 2}


def test_a_sub_process_gives_its_data_output() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("dataObject", "total")
    process.node("startEvent", "start")
    sub, inside = process.sub("sub", specification("", "sum") + out_of("out_sum", "total"))
    inside.node("startEvent", "begin")
    inside.node("userTask", "task")
    inside.chain("begin", "task")
    process.node("userTask", "after")
    process.chain("start", sub, "after")
    player = Player(drawing.xml()).start()

    player.complete("task", {"sum": 5})

    assert player.variables() == {"total": 5}


def test_a_data_object_begins_with_its_value() -> None:
    drawing = Drawing()
    process = drawing.process()
    value = '<extensionElements><f:value xmlns:f="http://flowable.org/bpmn">42</f:value></extensionElements>'
    process.node("dataObject", "limit", value, itemSubjectRef="xsd:int")
    process.node("startEvent", "start")
    process.node("userTask", "task")
    process.chain("start", "task")

    assert Player(drawing.xml()).start().variables() == {"limit": 42}


def test_a_message_goes_into_the_data_output_of_its_event() -> None:
    drawing = Drawing()
    drawing.message("m", "order")
    process = drawing.process()
    process.node("startEvent", "start")
    process.node("property", "received")
    inner = '<dataOutput id="o" name="event"/>' + out_of("o", "received") + refers("message", "m")
    process.node("intermediateCatchEvent", "catch", inner)
    process.node("userTask", "task")
    process.chain("start", "catch", "task")

    alone = Player(drawing.xml()).start().message("order", variables={"id": 7})
    named = Player(drawing.xml()).start().message("order", variables={"event": 7, "other": 1})
    several = Player(drawing.xml()).start().message("order", variables={"id": 7, "other": 1})

    assert alone.variables() == {"received": 7}
    assert named.variables() == {"received": 7, "other": 1}
    assert several.variables() == {"received": {"id": 7, "other": 1}}


def test_a_message_start_event_hands_on_what_came() -> None:
    drawing = Drawing()
    drawing.message("m", "order")
    process = drawing.process()
    inner = '<dataOutput id="o" name="event"/>' + out_of("o", "received") + refers("message", "m")
    process.node("startEvent", "start", inner)
    process.node("property", "received")
    process.node("userTask", "task")
    process.chain("start", "task")

    player = Player(drawing.xml()).start({"event": {"id": 1}}, "start")

    assert player.variables()["received"] == {"id": 1}


def test_a_thrown_message_carries_its_data_inputs() -> None:
    drawing = Drawing()
    drawing.message("m", "order")
    process = drawing.process()
    process.node("dataObject", "cart")
    process.node("startEvent", "start")
    inner = '<dataInput id="i" name="goods"/>' + into("cart", "i") + refers("message", "m")
    process.node("intermediateThrowEvent", "throw", inner)
    process.node("endEvent", "end")
    process.chain("start", "throw", "end")

    player = Player(drawing.xml()).start({"cart": ["a"], "secret": 1})

    (sent,) = player.sent
    assert isinstance(sent, MessageToSend)
    assert sent.variables == {"goods": ["a"]}


def test_a_multi_instance_activity_reads_and_collects_through_its_inputs_and_outputs() -> None:
    drawing = Drawing()
    process = drawing.process()
    process.node("property", "list")
    process.node("property", "results")
    process.node("startEvent", "start")
    inner = (
        WORK
        + specification("all item", "all one")
        + into("list", "in_all")
        + into("each", "in_item")
        + out_of("out_one", "done")
        + out_of("out_all", "results")
        + "<multiInstanceLoopCharacteristics><loopDataInputRef>in_all</loopDataInputRef>"
        + "<loopDataOutputRef>out_all</loopDataOutputRef>"
        + '<inputDataItem id="each"/><outputDataItem id="done"/></multiInstanceLoopCharacteristics>'
    )
    process.node("serviceTask", "task", inner)
    process.node("userTask", "after")
    process.chain("start", "task", "after")
    player = Player(drawing.xml()).start({"list": ["a", "b"]})

    assert local(player, "task")["item"] == "a"
    player.complete("task", {"one": 1}).complete("task", {"one": 2})

    assert player.variables() == {"list": ["a", "b"], "results": [1, 2]}


def test_a_call_activity_hands_over_what_its_associations_say() -> None:
    drawing = Drawing()
    caller = drawing.process("caller")
    for name in ("x", "y", "private"):
        caller.node("property", name)
    caller.node("startEvent", "start")
    inner = specification("subX", "subY") + into("x", "in_subX") + out_of("out_subY", "y")
    caller.node("callActivity", "call", inner, calledElement="called")
    caller.node("userTask", "after")
    caller.chain("start", "call", "after")
    called = drawing.process("called")
    _chain_with_task(called)
    player = Player(drawing.xml()).start({"x": 1, "y": 2, "private": 3})

    assert player.state is not None
    called_instance = player.state.elements[player.work("inside").element_instance_key].process_key
    assert player.state.variables[called_instance] == {"subX": 1}
    player.complete("inside", {"subY": 5, "private": 9})

    assert player.variables() == {"x": 1, "y": 5, "private": 3}


def _chain_with_task(process: Scope) -> None:
    process.node("startEvent", "begin")
    process.node("userTask", "inside")
    process.chain("begin", "inside")


def test_mappings_of_a_dialect_and_associations_stand_side_by_side() -> None:
    inner = (
        extension(job("work") + mapping({"a": "=total"}, {"b": "=sum"}))
        + specification("", "sum")
        + out_of("out_sum", "ref_total")
    )
    player = Player(one_task(inner, "serviceTask", "total").xml()).start({"total": 1})

    player.complete("task", {"sum": 2, "hidden": 3})

    assert player.variables() == {"total": 2, "b": 2}


def test_associations_survive_a_restart() -> None:
    inner = WORK + specification("amount", "sum") + into("ref_total", "in_amount") + out_of("out_sum", "ref_total")
    player = Player(one_task(inner, "serviceTask", "total").xml())
    player.restart_each_step = True

    player.start({"total": 1}).complete("task", {"sum": 2}).complete("after")

    assert player.ended
    assert player.variables() == {"total": 2}


def with_store(inner: str, key: str = "") -> Drawing:
    """One task, and a data store called «customers» that ``ref`` refers to."""
    drawing = one_task(WORK + inner)
    properties = f'<zeebe:properties><zeebe:property name="key" value="{key}"/></zeebe:properties>' if key else ""
    drawing.globals.append('<dataStore id="store" name="customers"/>')
    drawing.processes[0][1].node("dataStoreReference", "ref", extension(properties), dataStoreRef="store")
    return drawing


def test_an_output_is_written_to_a_data_store() -> None:
    player = Player(with_store(specification("", "rating") + out_of("out_rating", "ref")).xml()).start()

    player.complete("task", {"rating": 5, "note": 1})

    assert player.definitions.items == {("customers", "rating"): 5}
    assert player.variables() == {"note": 1}


def test_an_input_is_read_from_a_data_store() -> None:
    drawing = with_store(specification("rating") + into("ref", "in_rating"))
    player = Player(drawing.xml())
    player.definitions.items["customers", "rating"] = 5

    assert local(player.start(), "task") == {"rating": 5}
    assert local(Player(drawing.xml()).start(), "task") == {}


def test_the_key_of_an_item_may_be_an_expression() -> None:
    inner = specification("known", "seen") + into("ref", "in_known") + out_of("out_seen", "ref")
    player = Player(with_store(inner, "=customer").xml())
    player.definitions.items["customers", "c-1"] = {"name": "Anna"}

    player.start({"customer": "c-1"})

    assert local(player, "task") == {"known": {"name": "Anna"}}
    player.complete("task", {"seen": {"name": "Ben"}})
    assert player.definitions.items == {("customers", "c-1"): {"name": "Ben"}}


def test_an_item_is_transformed_and_changed_in_part() -> None:
    inner = (
        specification("name", "rating")
        + into("ref", "in_name", "<transformation>customers.name</transformation>")
        + out_of("out_rating", "ref", assign("rating + 1", "customers.c.rating"))
    )
    player = Player(with_store(inner, "c-1").xml())
    player.definitions.items["customers", "c-1"] = {"name": "Anna"}

    player.start()

    assert local(player, "task") == {"name": "Anna"}
    player.complete("task", {"rating": 1})
    assert player.definitions.items == {("customers", "c-1"): {"name": "Anna", "rating": 2}}


def test_a_key_that_gives_nothing_is_an_incident() -> None:
    inner = specification("known") + into("ref", "in_known")
    player = Player(with_store(inner, "=customer").xml()).start()

    assert "customers" in player.incidents()[0]
    player.resolve({"customer": "c-1"})
    assert player.waiting() == ["task"]


def test_jbpm_writes_constants_bare_and_expressions_marked() -> None:
    inner = (
        WORK
        + specification("who greeting copy")
        + into("", "in_who", assign("the clerk", "in_who"))
        + into("", "in_greeting", assign("Hello #{name}!", "in_greeting"))
        + into("ref_name", "in_copy", assign(".", "."))
    )
    xml = one_task(inner, "serviceTask", "name").xml()
    written = xml.replace(b"<definitions ", b'<definitions expressionLanguage="http://www.mvel.org/2.0" ', 1)

    player = Player(written).start({"name": "Ann"})

    assert local(player, "task") == {"who": "the clerk", "greeting": "Hello Ann!", "copy": "Ann"}


def test_data_that_is_called_as_its_store_is_written_all_the_same() -> None:
    player = Player(with_store(specification("", "customers") + out_of("out_customers", "ref"), "c-1").xml()).start()
    player.definitions.items["customers", "c-1"] = "old"

    player.complete("task", {"customers": "new"})

    assert player.definitions.items == {("customers", "c-1"): "new"}
