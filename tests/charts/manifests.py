"""What Helm renders, as values: the documents of a rendering, and the pods, containers and selectors in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

Object = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod that an object is or makes."""

    owner: str
    labels: Mapping[str, str]
    spec: Object

    @property
    def containers(self) -> list[Object]:
        return [
            *self.spec.get("initContainers", []),
            *self.spec["containers"],
            *self.spec.get("ephemeralContainers", []),
        ]


@dataclass(frozen=True)
class Rendering:
    """All that one set of values makes."""

    text: str
    objects: list[Object] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "Rendering":
        documents = [msgspec.yaml.decode(document.encode()) for document in f"\n{text}".split("\n---\n")]
        return cls(text, [document for document in documents if document])

    def of_kind(self, *kinds: str) -> list[Object]:
        return [document for document in self.objects if document["kind"] in kinds]

    @property
    def names(self) -> set[str]:
        return {name_of(document) for document in self.objects}

    def pods(self) -> Iterator[Pod]:
        for document in self.objects:
            template = pod_template(document)
            if template:
                yield Pod(name_of(document), template["metadata"].get("labels", {}), template["spec"])


def name_of(document: Object) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def pod_template(document: Object) -> Object | None:
    if document["kind"] == "Pod":
        return document
    spec = document.get("spec", {})
    template: Object | None = spec.get("jobTemplate", {}).get("spec", spec).get("template")
    return template


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a Kubernetes label selector does; only `In` is used by these charts."""
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In", expression
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
