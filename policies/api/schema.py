"""The OpenAPI schema: msgspec shapes as components, and the problem document of every operation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from policies.api import cluster_questions, finding_questions, questions, shapes
from policies.api.problems import PROBLEM_TYPE

__all__ = ["answers", "bodies", "either", "finish", "json_body", "parameters"]

REFERENCE = "#/components/schemas/{name}"


def _shapes() -> list[type[msgspec.Struct]]:
    named = [getattr(shapes, name) for name in shapes.__all__]
    return named + [
        shape
        for module in (questions, finding_questions, cluster_questions)
        for name in module.__all__
        if isinstance(shape := getattr(module, name), type)
        and issubclass(shape, msgspec.Struct)
        and name.endswith("Body")
    ]


@lru_cache(maxsize=1)
def _components() -> dict[str, Any]:
    _, components = msgspec.json.schema_components(_shapes(), ref_template=REFERENCE)
    return components


def answers(
    shape: type[msgspec.Struct], status: int = 200, description: str = ""
) -> dict[int, OpenApiResponse]:
    """The good answer of an operation."""
    reference = {"$ref": REFERENCE.format(name=shape.__name__)}
    text = description or (shape.__doc__ or "").strip()
    return {status: OpenApiResponse(response=reference, description=text)}


def either(*shapes_: type[msgspec.Struct]) -> dict[int, OpenApiResponse]:
    """The good answer of an operation that has one shape per view."""
    options = [{"$ref": REFERENCE.format(name=shape.__name__)} for shape in shapes_]
    return {200: OpenApiResponse(response={"anyOf": options}, description="The change.")}


def bodies(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The request body of an operation: JSON, or a form whose files may be archives."""
    fields = dict(_components()[shape.__name__]["properties"])
    for name in questions.FILE_FIELDS:
        if name in fields:
            fields[name] = {"type": "array", "items": {"type": "string", "format": "binary"}}
    form: dict[str, Any] = {"type": "object", "properties": fields, "additionalProperties": False}
    required = _components()[shape.__name__].get("required")
    if required:
        form["required"] = required
    return {
        "application/json": {"$ref": REFERENCE.format(name=shape.__name__)},
        "multipart/form-data": form,
    }


def json_body(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The request body of an operation that takes JSON alone."""
    return {"application/json": {"$ref": REFERENCE.format(name=shape.__name__)}}


def parameters(shape: type[msgspec.Struct]) -> list[OpenApiParameter]:
    """The query parameters of an operation."""
    _, components = msgspec.json.schema_components([shape], ref_template=REFERENCE)
    described = components[shape.__name__]
    required = described.get("required", [])
    return [
        _parameter(name, dict(field), name in required)
        for name, field in described["properties"].items()
    ]


def _parameter(name: str, field: dict[str, Any], required: bool) -> OpenApiParameter:
    """A parameter that is not given has no value; null is not something one can write."""
    description = field.pop("description", "")
    if "anyOf" in field:
        (only,) = (each for each in field.pop("anyOf") if each != {"type": "null"})
        description = only.pop("description", description)
        field = only
    field.pop("default", None)
    return OpenApiParameter(
        name, type=field, required=required, description=description, many=False
    )


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the shapes, and to every operation the problem document that any error is."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_components())
    problem = {
        "description": "What went wrong.",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": REFERENCE.format(name="ProblemDocument")}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = problem
    return result
