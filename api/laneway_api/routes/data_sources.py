"""The register of data sources: create, update, find."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from laneway_api.responses import Json
from laneway_api.routing import EngineOf, Who, answers, in_path, router
from laneway_api.rows import page_of, shape
from laneway_api.schemas import data_sources as schemas
from laneway_api.schemas.common import InKey
from laneway_api.search import query

routes = router("Data sources")

_NEEDED = ("owner", "files", "status")
DataSourceKey = Annotated[InKey, in_path("dataSourceKey")]


@routes.post("/data-sources", response_model=schemas.DataSource, responses=answers(400, 409, 503))
def create_data_source(body: schemas.CreateDataSource, engine: EngineOf, actor: Who) -> Response:
    """Put a source into the register, as a draft (Laneway's own)."""
    said = body.model_dump(exclude={"name"}, exclude_none=True)
    source = engine.create_data_source(body.name, said, actor=actor)
    return Json(shape(schemas.DataSource, engine.get("data-sources", source.key)))


@routes.post("/data-sources/search", response_model=schemas.DataSources, responses=answers(400))
def search_data_sources(engine: EngineOf, body: schemas.DataSourceSearch | None = None) -> Response:
    """Find sources of the register (Laneway's own)."""
    return Json(page_of(schemas.DataSource, engine.search(query(schemas.SEARCHED, body))))


@routes.get("/data-sources/{dataSourceKey}", response_model=schemas.DataSource, responses=answers(400, 404))
def get_data_source(data_source_key: DataSourceKey, engine: EngineOf) -> Response:
    """One source of the register (Laneway's own)."""
    return Json(shape(schemas.DataSource, engine.get("data-sources", data_source_key)))


@routes.patch(
    "/data-sources/{dataSourceKey}", response_model=schemas.DataSource, responses=answers(400, 403, 404, 409, 503)
)
def update_data_source(
    data_source_key: DataSourceKey, body: schemas.UpdateDataSource, engine: EngineOf, actor: Who
) -> Response:
    """Change its status, or what is said of it, which makes a draft of it; another person approves than who said it (Laneway's own)."""
    named = body.model_fields_set - {"reason"}
    given = {name: getattr(body, name) for name in named}
    changes = {name: value for name, value in given.items() if value is not None or name not in _NEEDED}
    engine.update_data_source(data_source_key, changes, reason=body.reason, actor=actor)
    return Json(shape(schemas.DataSource, engine.get("data-sources", data_source_key)))
