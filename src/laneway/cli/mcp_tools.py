"""The tools of an MCP server, as a contract writes them down."""

from __future__ import annotations

from typing import Annotated

import typer

from laneway.cli.failures import expected_failures, fail


def mcp_tools(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="Name of a server in LANEWAY_MCP_SERVERS.")],
) -> None:
    """Write down the tools that an MCP server has now, for the `tools` of a contract. Look at each before you approve it."""
    with expected_failures():
        import asyncio

        import yaml

        from laneway.bootstrap import agent_environment
        from laneway.governance.contract_tools import schema_hash
        from laneway.settings import Settings

        environment = agent_environment(Settings())
        found = environment.mcp_servers.get(server)
        if found is None:
            raise fail(f"LANEWAY_MCP_SERVERS names no server {server!r}; see docs/reference/settings.md")
        from laneway.agents.tools.mcp import listed

        tools = {
            tool.name: {
                "description": tool.description or tool.name,
                "mcp": {"server": server},
                "access": "needs_approval",
                "arguments": dict(tool.schema),
                "schema_hash": schema_hash(tool.schema),
            }
            for tool in asyncio.run(listed(found, environment))
        }
        typer.echo(yaml.safe_dump({"tools": tools}, sort_keys=False, allow_unicode=True), nl=False)
