"""The settings of the service: students can read neither this file nor what it names."""

c = get_config()  # noqa: F821

c.CodeGym.courses_dir = "/srv/codegym/courses"
c.CodeGym.data_dir = "/srv/codegym/records"  # SQLite; c.CodeGym.database = "postgresql://…" for many students
c.CodeGym.admins = "ada"  # the same by the Hub's role: custom:codegym:admin
