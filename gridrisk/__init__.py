"""gridrisk: safety and renewal planning for city gas networks (城市燃气管网安全与更新规划)."""

__version__ = "0.1.0"
