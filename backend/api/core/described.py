"""What arguments and the values of enums mean: said once for each name, which means the same wherever it stands."""

from collections.abc import Mapping

from graphql import GraphQLSchema, is_enum_type, is_interface_type, is_object_type

ARGUMENTS: Mapping[str, str] = {
    "input": "What is asked for.",
    "change": "The change, of one type.",
    "id": "As an object of this API gave it.",
    "first": "How many at most: 1 to 100.",
    "after": "The cursor after which the page begins: an `endCursor` of the same list in the same order.",
    "search": "Part of an account's name or of its client's, whatever the case; null for all.",
    "filter": "Conditions that all must hold; null for none.",
    "orderBy": "How the list is sorted; null for its usual order.",
    "zone": "Which part of the section.",
    "states": "Requests in one of these states.",
    "types": "Requests of one of these types; null for all.",
    "acts": "Lines of one of these acts; null for all.",
    "kinds": "Only of these kinds; null for all.",
    "language": "Which language it is written in.",
    "account": "An account, by its id.",
    "milestone": "Which of the three reminders.",
    "terms": "How many terms at most, the newest first: 1 to 20.",
}

OTHER = "One that only a newer version of this server knows; the field `…Name` beside says which."

VALUES: Mapping[str, Mapping[str, str]] = {
    "AccountField": {
        "NAME": "The account's name.",
        "CLIENT_NAME": "Whom it is for.",
        "LICENCE": "Its licence, by code.",
        "DATAPOINTS": "How many datapoints are contracted.",
        "SECTOR": "Its sector, by code.",
        "COUNTRY": "Its country, by code.",
        "RTC_LINES": "Meters read by modem.",
        "MAIL_DOMAIN": "The domain that its mails come from.",
        "STARTS_ON": "The first day of its term.",
        "EXPIRES_ON": "The last day of its term.",
    },
    "AccountOrderField": {
        "NAME": "By name, whatever the case.",
        "CLIENT_NAME": "By client, whatever the case.",
        "LICENCE": "By the rank of the licence.",
        "DATAPOINTS": "By the number of datapoints.",
        "EXPIRES_ON": "By expiry day.",
    },
    "Action": {
        "APPROVE": "Apply the request to its account.",
        "REJECT": "Turn the request down, for a reason.",
        "WITHDRAW": "Take the request back.",
    },
    "AuditAct": {
        "REQUEST_FILED": "A request was filed.",
        "REQUEST_APPROVED": "A request was applied to its account.",
        "REQUEST_REJECTED": "A request was turned down.",
        "REQUEST_WITHDRAWN": "A request was taken back.",
        "SIGNED_IN": "Somebody signed in.",
        "SIGNED_OUT": "A session ended before its time.",
        "SIGNED_OUT_EVERYWHERE": "Every session of somebody was ended for them.",
        "PASSWORD_SET": "A password was replaced.",
        "PASSWORD_RESET_ASKED": "A link to set a new password was asked for.",
        "USER_ADDED": "Somebody was given a way in.",
        "USER_CLOSED": "Somebody is let in no more.",
        "USER_REOPENED": "Somebody who was closed is let in again.",
        "ORGANISATION_ADDED": "An organisation was opened.",
        "MAIL_SENT_AGAIN": "A mail that failed was sent again.",
        "SECOND_FACTOR_SET": "Codes are asked for at sign-in from here on.",
        "SECOND_FACTOR_REMOVED": "Codes are not asked for any more.",
        "RECOVERY_CODES_RENEWED": "Other recovery codes took the place of those before.",
        "RECOVERY_CODE_USED": "A recovery code stood in for the app.",
        "REFRESH_TOKEN_REUSED": "A phone's refresh token was used twice, which ended its session.",
        "BACKUP_RESTORED": "A backup took the place of all data.",
    },
    "ClientKind": {
        "PAGE": "In a cookie that scripts cannot read.",
        "PHONE": "By a short access token and a refresh token that is good for one use.",
    },
    "MailKind": {
        "REQUEST_FILED": "To Customer Success: a request awaits them.",
        "REQUEST_DECIDED": "To the requester: what became of it.",
        "REMINDER": "To a SuperAdmin: a term ends.",
        "REMINDERS_LATE": "To Customer Success: a term has ended and not every reminder of it was sent.",
        "RENEWAL_WAITING": "To Customer Success: a term ends while its renewal awaits a decision.",
        "PASSWORD_RESET": "A link to set a new password.",
        "NEW_SIGN_IN": "Somebody signed in from a device not seen before.",
        "CREDENTIALS_CHANGED": "A password, codes of an app or recovery codes were changed, or a phone's were copied.",
    },
    "MailState": {
        "WAITING": "It will be sent.",
        "CLAIMED": "It is being sent.",
        "IN_DOUBT": "It may have arrived; it is sent once more.",
        "SENT": "The mail host has taken it.",
        "SENT_MAYBE_TWICE": "The mail host has taken it, and may have taken it before.",
        "UNKNOWN": "Nobody knows whether it arrived, and it is not sent again by itself.",
        "CANCELLED": "What it tells of no longer holds.",
        "SKIPPED": "It was not worth sending.",
        "FAILED": "It cannot be delivered.",
    },
    "Milestone": {
        "ONE_MONTH": "A calendar month before the expiry day.",
        "ONE_WEEK": "Seven days before it.",
        "EXPIRY_DAY": "The day itself.",
    },
    "Direction": {"ASC": "Smallest or earliest first.", "DESC": "Largest or latest first."},
    "ErrorCode": {
        "BELOW_MINIMUM": "Fewer datapoints would be left than an account keeps.",
        "ABOVE_MAXIMUM": "More than is possible.",
        "NO_CHANGE": "The change would leave everything as it is.",
        "SAME_LICENCE": "The account has this licence already.",
        "PERIOD_OUT_OF_RANGE": "The period is not 1 to 60 months.",
        "RTC_LINES_OUTSIDE_SPAIN": "RTC lines exist in Spain only.",
        "NEGATIVE": "The number is under 0.",
        "UNKNOWN_LICENCE": "No code of a licence in the catalogue.",
        "UNKNOWN_SECTOR": "No code of a sector in the catalogue.",
        "UNKNOWN_COUNTRY": "No code of a country in the catalogue.",
        "UNKNOWN_TIME_ZONE": "No IANA name of a time zone.",
        "FOREIGN_MAIL_DOMAIN": "The e-mail domain is not one of the organisation's own.",
        "NAME_TAKEN": "The organisation has an account of this name.",
        "REQUIRED": "The field is empty.",
        "TOO_LONG": "The text has too many characters.",
        "BAD_CHARACTERS": "The text has characters that nobody sees, or that turn the text around them.",
        "ACCOUNT_EXPIRED": "The account has expired: it can only be renewed.",
        "ALREADY_PENDING": "Such a request of this account waits already; `request` points to it.",
        "TOO_MANY_PENDING": "As many new accounts of the organisation wait as may: 50 unless set otherwise.",
        "TOO_MANY_FILED": "The viewer filed as many requests within an hour as one may: 200 unless set otherwise.",
        "ALREADY_DECIDED": "The request is final; `request` says who decided, and when.",
        "OWN_REQUEST": "Nobody decides a request that they filed.",
        "REQUESTER_INACTIVE": "Whoever filed the request may not file any more.",
        "NOT_ALLOWED": "The viewer's role does not do this.",
        "REASON_REQUIRED": "A rejection needs a reason.",
        "STALE": "The account changed since the preview was shown; `changes` says what.",
        "WRONG_CREDENTIALS": "E-mail address and password do not fit.",
        "WRONG_PASSWORD": "The current password is another one.",
        "WEAK_PASSWORD": "The new password is short or common.",
        "SECOND_FACTOR_REQUIRED": "The password is right, and a code is needed too: sign in again with `code`.",
        "WRONG_CODE": "The code is another one, too old, or used.",
        "SECOND_FACTOR_IS_SET": "Codes are asked for already.",
        "SECOND_FACTOR_NOT_SET": "No codes are asked for.",
        "SECOND_FACTOR_OFF": "This platform has no key to keep secrets of apps.",
        "INVALID_TOKEN": "The link of the mail was used, or is too old.",
        "MAIL_NOT_FAILED": "The mail was sent, or still may be.",
        "MAIL_IS_A_SECRET": "The mail held a secret, which is gone.",
        "IDEMPOTENCY_MISMATCH": "The key was used with another input.",
        "NEWER_VERSION": "Only a newer version of this server, which is being rolled out, can do it: try again later.",
    },
    "Language": {"EN": "English.", "FR": "French.", "ES": "Spanish.", "CA": "Catalan."},
    "RequestOrderField": {"REQUESTED_AT": "By when it was filed."},
    "RequestState": {
        "PENDING": "It awaits Customer Success.",
        "APPROVED": "It was applied to its account.",
        "REJECTED": "It was turned down, for a reason.",
        "WITHDRAWN": "The organisation took it back.",
    },
    "Role": {
        "SUPER_ADMIN": "Manages the accounts of their own organisation.",
        "MEMBER": "Belongs to an organisation and sees its home page.",
        "CUSTOMER_SUCCESS": "The platform's own staff, who decide requests.",
    },
    "TimelineKind": {
        "REQUESTED": "It was filed.",
        "APPROVED": "It was applied.",
        "REJECTED": "It was turned down.",
        "WITHDRAWN": "It was taken back.",
    },
    "Zone": {"ACTIVE": "Under contract today.", "EXPIRED": "The term is over."},
}


def describe(schema: GraphQLSchema, values: Mapping[str, Mapping[str, str]]) -> None:
    """Give arguments and enum values that say nothing of their own what stands here, or in ``values``."""
    for kind in schema.type_map.values():
        if is_enum_type(kind):
            texts = {"OTHER": OTHER, **VALUES.get(kind.name, {}), **values.get(kind.name, {})}
            for name, value in kind.values.items():
                value.description = value.description or texts.get(name)
        elif (is_object_type(kind) or is_interface_type(kind)) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                for name, argument in field.args.items():
                    argument.description = argument.description or ARGUMENTS.get(name)
