"""Panels for JupyterLab: sliders beside the same tables and figures that the reports show."""
