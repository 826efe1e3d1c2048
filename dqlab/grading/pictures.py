"""Pictures in a student's notebook: figures that its cells show and photographs that were pasted in, as data that is safe to put on a page."""

import base64
import binascii

MOST = 12
LARGEST = 3 * 2**20
"""Pictures of one cell, and bytes of one picture; what is beyond is left out."""
KINDS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def of(cell):
    """The pictures of one cell.

    Parameters
    ----------
    cell : dict
        A cell as a notebook's JSON has it, from anybody.

    Returns
    -------
    tuple of str
        Addresses ``data:image/png;base64,...``, PNG and JPEG only: first those pasted into the text, then those shown by the code.

    Examples
    --------
    >>> import base64
    >>> from dqlab.grading import pictures
    >>> png = base64.b64encode(pictures.KINDS["image/png"]).decode()
    >>> pictures.of({"outputs": [{"data": {"image/png": png}}, {"data": {"image/png": "no picture", "image/svg+xml": "<svg/>"}}]})
    ('data:image/png;base64,iVBORw0KGgo=',)
    """
    attachments = cell.get("attachments")
    bundles = list(attachments.values()) if isinstance(attachments, dict) else []
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            bundles += [
                output.get("data"),
                output.get("png") and {"image/png": output["png"]},
            ]  # nbformat 3 has no "data"
    found = [picture for bundle in bundles if isinstance(bundle, dict) for picture in _pictures(bundle)]
    return tuple(found[:MOST])


def _pictures(bundle):
    for kind, start in KINDS.items():
        text = bundle.get(kind)
        text = "".join(map(str, text)) if isinstance(text, list) else text
        if not isinstance(text, str) or len(text) > 2 * LARGEST:
            continue
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        if data.startswith(start) and len(data) <= LARGEST:
            yield f"data:{kind};base64,{base64.b64encode(data).decode()}"
