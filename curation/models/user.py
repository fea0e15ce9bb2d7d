"""The people: authors, reviewers, editors; one person may be all three."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac

from curation.models.roles import HasRoles
from curation.models.specialty import Specialty

if TYPE_CHECKING:
    from curation.models.problem import Problem

ORCID_PATTERN = r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$"


class UserManager(BaseUserManager["User"]):
    """Makes users, who are known by their e-mail address, and finds them."""

    def in_charge(self) -> models.QuerySet["User"]:
        """The editors who can sign in."""
        return self.filter(is_editor=True, is_active=True)

    def who_may_judge(self, problem: "Problem") -> models.QuerySet["User"]:
        """Reviewers who did not write it, judge it now, nor saw its answer but by reviewing it."""
        known = problem.seen_by.values("person")
        met = models.Q(pk__in=problem.revisions.values("reviews__reviewer")) | models.Q(
            pk__in=problem.revisions.values("blind_answers__reviewer")
        )
        current = problem.revisions.filter(pk=problem.current_revision_id or 0)
        may = self.filter(is_reviewer=True, is_active=True).exclude(pk=problem.author_id)
        return (
            may.filter(~models.Q(pk__in=known) | met)
            .exclude(reviews__revision__in=current)
            .order_by("name", "email")
        )

    def with_specialty(self) -> models.QuerySet["User"]:
        """Everybody, those with an open account first."""
        return self.select_related("specialty").order_by("-is_active", "name", "email")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person; without a password nobody can log in as them yet."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person with every right, for the first login of an installation."""
        rights = {"is_staff": True, "is_superuser": True, "is_editor": True}
        return self.create_user(email, password, **{**rights, **fields})


class User(HasRoles, AbstractUser):
    """A person, what they may do and what a data statement says of them."""

    username = None  # type: ignore[assignment]  # people log in by e-mail
    first_name = None  # type: ignore[assignment]  # one field for names of any culture
    last_name = None  # type: ignore[assignment]  # see above
    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=200)

    specialty = models.ForeignKey(
        Specialty, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    years_of_experience = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(80)]
    )
    affiliation = models.CharField(max_length=200, blank=True)
    orcid = models.CharField(
        "ORCID iD",
        max_length=19,
        blank=True,
        validators=[RegexValidator(ORCID_PATTERN, "An ORCID iD looks like 0000-0002-1825-0097.")],
    )

    # How many of the first-run hints were read; the last one ends the tour.
    hints_seen = models.PositiveSmallIntegerField(default=0, editable=False)

    # Every session begun before has ended.
    signed_out_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # e-mail, not username

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ("name",)  # type: ignore[assignment]  # a tuple cannot be changed by mistake

    class Meta:
        ordering = ("name", "email")

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a session must hold to stay valid: it ends with the password and by signing out."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # the stubs lack it
        if self.signed_out_at is None:
            return of_password
        moment = self.signed_out_at.isoformat()
        return salted_hmac(
            "curation.User.signed_out_at", of_password + moment, secret=secret, algorithm="sha256"
        ).hexdigest()
