"""The golden vectors and the raw rules as plain data, read without the engine."""

from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
RULES_PATH = _HERE.parents[2] / "referrals" / "clinical" / "rules.yaml"
RULES_TEXT = RULES_PATH.read_text(encoding="utf-8")
RAW: dict[str, Any] = yaml.load(RULES_TEXT, Loader=yaml.CSafeLoader)
VECTORS: list[dict[str, Any]] = yaml.safe_load(
    (_HERE / "vectors.yaml").read_text(encoding="utf-8")
)["structured"]
