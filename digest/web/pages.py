"""Templates into pages: a name and values go in, an HTML answer comes out."""

from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from digest.render.environment import packaged_templates
from digest.runtime import Runtime


class Pages:
    """The templates under web/."""

    def __init__(self) -> None:
        """Open the packaged templates: undefined names are errors, HTML escapes by itself."""
        self._env = jinja2.Environment(
            loader=jinja2.FileSystemLoader(packaged_templates() / "web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(
        self,
        name: str,
        runtime: Runtime,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **values: Any,  # noqa: ANN401 -- whatever the template uses
    ) -> HTMLResponse:
        """Render a page with the site's own values beside the given ones."""
        content = self._env.get_template(name).render(site=runtime.settings.site, **values)
        return HTMLResponse(content, status_code=status, headers=headers)
