"""Layers: schemas, crosswalks, and files in and out."""
