from engine import engine, images  # noqa: F401  (fixtures)
