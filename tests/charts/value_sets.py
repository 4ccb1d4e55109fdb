"""All values that the charts are rendered with: defaults, values-*.yaml, those of ci/, and those of the operators."""

from dataclasses import dataclass
from pathlib import Path

CHARTS_FOLDER = Path(__file__).resolve().parent.parent.parent / "charts"
CHARTS = ("highscores", "postgresql", "rabbitmq", "redis")
KUBERNETES = "1.34.0"
APIS = frozenset({"keda.sh/v1alpha1", "monitoring.coreos.com/v1", "gateway.networking.k8s.io/v1"})

OPERATORS = CHARTS_FOLDER.parent / "k8s/operators/values.yaml"

# What a values file alone does not say, by the file's name.
RELEASES = {"long-release-name": "a23456789-b23456789-c23456789-d23456789-e23456789-f23"}
MISSING_APIS = {"no-keda-api": frozenset({"keda.sh/v1alpha1"}), "everything-off": APIS}
SECRETS_GIVEN = ("values-prod", "values-restricted", "values-external", "existing-secrets", "operators")


@dataclass(frozen=True)
class ValueSet:
    """One way to install a chart."""

    chart: str
    file: Path | None = None

    @property
    def name(self) -> str:
        if self.file is None:
            return "defaults"
        return self.file.parent.name if self.file.stem == "values" else self.file.stem

    @property
    def id(self) -> str:
        return f"{self.chart}-{self.name}"

    @property
    def install_arguments(self) -> list[str]:
        """For `helm install`, which asks a cluster what it can do."""
        arguments = [RELEASES.get(self.name, "arcade"), str(CHARTS_FOLDER / self.chart), "--namespace", "games"]
        return arguments + (["--values", str(self.file)] if self.file else [])

    @property
    def arguments(self) -> list[str]:
        """For `helm template`, which has to be told."""
        apis = sorted(APIS - MISSING_APIS.get(self.name, frozenset()))
        arguments = [*self.install_arguments, "--kube-version", KUBERNETES]
        return arguments + [f"--api-versions={api}" for api in apis]


def value_sets() -> list[ValueSet]:
    sets = []
    for chart in CHARTS:
        folder = CHARTS_FOLDER / chart
        files = sorted(folder.glob("values-*.yaml")) + sorted(folder.glob("ci/*.yaml"))
        sets += [ValueSet(chart), *(ValueSet(chart, file) for file in files)]
    return [*sets, ValueSet("highscores", OPERATORS)]


VALUE_SETS = value_sets()
