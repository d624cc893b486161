"""Fills a program's settings from its command line and its environment.

A flag wins over the variable with the program's prefix, and that wins over the aliases. A variable
that is set to an empty string counts as unset, since compose files write unset variables so.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast, get_args, get_origin

from pydantic import AliasChoices, BaseModel, Field, SecretStr, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, CliSettingsSource, EnvSettingsSource

from serving.settings import Settings

S = TypeVar("S", bound=Settings)


class SettingError(ValueError):
    """A setting has a value that it cannot have. The message is one line and names the setting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as users see it: a flag and environment variables, the first that is set wins."""

    path: tuple[str, ...]
    field: FieldInfo
    variables: tuple[str, ...]

    @property
    def name(self) -> str:
        """The field's name, which no other setting of the program has."""
        return self.path[-1]

    @property
    def flag(self) -> str:
        """The command line flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def is_secret(self) -> bool:
        """Whether its value must not be seen, as on a command line."""
        return SecretStr in (self.field.annotation, *get_args(self.field.annotation))


class SettingsReader(Generic[S]):
    """Reads the settings of one program.

    `other_variables` belong to another process or mean nothing here: the program may meet them and
    does not warn. `other_prefix` begins all variables of another process.
    """

    def __init__(
        self,
        settings: type[S],
        *,
        program: str,
        description: str,
        prefix: str,
        other_prefix: str | None = None,
        other_variables: Collection[str] = (),
    ) -> None:
        self.program = program
        self.settings = {one.name: one for one in _walk(settings, prefix, ())}
        self._settings_type = settings
        self._description = description
        self._prefix = prefix
        self._other_prefix = other_prefix
        self._other_variables = frozenset(other_variables)

    def read(self, argv: Sequence[str], environ: Mapping[str, str]) -> S:
        """The settings that the flags and variables give. Raises SettingError."""
        by_flag = self._from_command_line(argv)
        self._refuse_secrets(by_flag)
        values: dict[str, Any] = {}
        for name, value in (self._from_environment(environ) | by_flag).items():
            group = values
            for step in self.settings[name].path[:-1]:
                group = group.setdefault(step, {})
            group[name] = value
        try:
            return self._settings_type.model_validate(values)
        except ValidationError as error:
            raise SettingError(self._one_line(error, by_flag, environ)) from None

    def unknown_variables(self, environ: Mapping[str, str]) -> list[str]:
        """The variables that look like settings and that no process reads, sorted by name."""
        known = {name for setting in self.settings.values() for name in setting.variables}
        return sorted(
            name
            for name in environ
            if name.startswith(("NIM_", self._prefix))
            and not (self._other_prefix and name.startswith(self._other_prefix))
            and name not in known | self._other_variables
        )

    def _refuse_secrets(self, by_flag: Collection[str]) -> None:
        for setting in map(self.settings.__getitem__, by_flag):
            if setting.is_secret:
                file = self.settings.get(f"{setting.name}_file")
                ways = [*setting.variables, *([file.flag] if file else [])]
                raise SettingError(
                    f"{setting.flag} is refused, since every user of this machine can read a "
                    f"command line; use {' or '.join(ways)}"
                )

    def _from_environment(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """Values by name of the setting."""
        source = EnvSettingsSource(self._side_by_side(are_aliased=True), case_sensitive=True)
        source.env_vars = {name: value for name, value in environ.items() if value}
        name_by_variable = {
            variable: setting.name
            for setting in self.settings.values()
            for variable in setting.variables
        }
        return {name_by_variable[variable]: value for variable, value in source().items()}

    def _from_command_line(self, argv: Sequence[str]) -> dict[str, Any]:
        """Values by name of the setting. Exits on --help and on unknown flags."""
        source = CliSettingsSource[Any](
            # With aliases, each would become a flag.
            self._side_by_side(are_aliased=False),
            cli_prog_name=self.program,
            cli_parse_args=list(argv),
            cli_implicit_flags=True,
            cli_kebab_case=True,
            cli_hide_none_type=True,
            cli_parse_none_str="unset",
        )
        return source()

    def _side_by_side(self, *, are_aliased: bool) -> type[BaseSettings]:
        """A class for the sources of pydantic-settings, with all settings on one level.

        From groups, they would make names such as `--engine.max-num-seqs`. Only the sources use
        this class; the groups validate the values.
        """
        fields: dict[str, Any] = {}
        for setting in self.settings.values():
            alias = AliasChoices(*setting.variables) if are_aliased else None
            field = Field(_shown(setting.field), description=_help(setting), validation_alias=alias)
            fields[setting.name] = (_source_type(setting.field), field)
        return create_model("Flags", __base__=BaseSettings, __doc__=self._description, **fields)

    def _one_line(
        self, error: ValidationError, by_flag: Collection[str], environ: Mapping[str, str]
    ) -> str:
        first = error.errors()[0]
        loc = tuple(map(str, first["loc"]))
        setting = next(s for s in self.settings.values() if s.path == loc[: len(s.path)])
        variable = next(filter(environ.get, setting.variables), "")
        where = setting.flag if setting.name in by_flag else variable
        where = " ".join((where, *loc[len(setting.path) :]))
        value = json.dumps(first["input"], default=str)
        names = ", ".join((setting.flag, *setting.variables))
        fault = first["msg"].removeprefix("Value error, ")
        return f"{where} is {value}: {fault} (setting: {names})"


def _walk(settings: type[Settings], prefix: str, path: tuple[str, ...]) -> Iterator[Setting]:
    for name, field in settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Settings):
            yield from _walk(field.annotation, prefix, (*path, name))
        else:
            alias = field.validation_alias
            aliases = map(str, alias.choices) if isinstance(alias, AliasChoices) else ()
            # An alias of one program may be what the prefix gives in the other.
            variables = dict.fromkeys((prefix + name.upper(), *aliases))
            yield Setting((*path, name), field, tuple(variables))


def _source_type(field: FieldInfo) -> Any:
    """The type that a source sees.

    Lists and models are text to it, and their validators parse them: a source would split a list at
    its commas itself, and would make a flag of each field of a model.
    """
    kind: Any = field.annotation
    if get_origin(kind) is tuple or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return str
    return cast(Any, kind)


def _shown(field: FieldInfo) -> Any:
    """The default as a user would write it."""
    default: Any = field.default
    if isinstance(default, BaseModel):
        return default.model_dump_json(exclude_none=True)
    if isinstance(default, tuple):
        return ",".join(cast(tuple[str, ...], default)) or None
    return default


def _help(setting: Setting) -> str:
    return f"{setting.field.description} [{' '.join(setting.variables)}]"
