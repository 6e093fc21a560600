"""Templates and scaffold plans as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiflow_cli.scaffold.catalog import Template
from aiflow_cli.scaffold.plan import Plan


def plan_lines(plan: Plan, folder: str) -> str:
    """One line per file: the action, the file, and why where the action alone does not say it."""
    rows = [(step.action, _join(folder, step.path), f" ({step.reason})" if step.reason else "") for step in plan.steps]
    return "\n".join(f"{action:<9}  {path}{reason}" for action, path, reason in rows)


def plan_json(plan: Plan, root: str) -> dict[str, Any]:
    """``{"root": ..., "files": [{"path", "action", "reason"?}]}``."""
    return {
        "root": root,
        "files": [
            {"path": step.path, "action": step.action.value} | ({"reason": step.reason} if step.reason else {})
            for step in plan.steps
        ],
    }


def template_lines(templates: Iterable[Template]) -> str:
    """One line per template."""
    return "\n".join(
        f"{template.name:<8}  {template.language:<10}  {template.description}; needs {template.runtime}"
        for template in templates
    )


def templates_json(templates: Iterable[Template]) -> list[dict[str, Any]]:
    """What a program needs to choose, install, start and test a project."""
    return [
        {
            "name": template.name,
            "title": template.title,
            "language": template.language,
            "runtime": template.runtime,
            "description": template.description,
            "transports": list(template.transports),
            "command": list(template.command),
            "install": template.install,
            "test": template.test,
        }
        for template in templates
    ]


def _join(folder: str, path: str) -> str:
    return path if folder in ("", ".") else f"{folder.rstrip('/')}/{path}"
