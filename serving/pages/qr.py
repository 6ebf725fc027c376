"""QR codes as pictures inside a page."""

import segno


def qr_picture(text: str) -> str:
    """Return a QR code as the address of a picture: SVG in a data URI."""
    return str(segno.make(text, micro=False).svg_data_uri(scale=5, border=3, light="#fff"))
