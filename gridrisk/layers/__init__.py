"""Layers: schemas, crosswalks, and files in and out."""

from gridrisk.layers.delivery import Delivery, read_delivery
from gridrisk.layers.headings import ColumnUse
from gridrisk.layers.raster import Raster, read_raster

__all__ = ["ColumnUse", "Delivery", "Raster", "read_delivery", "read_raster"]
