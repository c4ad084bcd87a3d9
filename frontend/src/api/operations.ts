/** Every operation that the page sends. Enum values of stored rows are read by name (``typeName``): a newer server may store values that this page's enums do not have. */
import { graphql, type ResultOf, type VariablesOf } from "./graphql.ts";

const viewerFields = graphql(`
  fragment ViewerFields on Viewer @_unmask {
    id
    name
    email
    role: roleName
    language
    timeZone
    organisation { id name today mailDomains country { code } }
    can { manageAccounts decideRequests tendMail readAuditLog }
    secondFactor { isOffered isDemanded since recoveryCodesLeft }
  }
`);

const previewFields = graphql(`
  fragment PreviewFields on Preview @_unmask {
    version
    allowed
    changes { field: fieldName before after }
    rules { code field holds message }
  }
`);

const actionFields = graphql(`
  fragment ActionFields on AllowedAction @_unmask {
    action
    allowed
    reason { code message request { id } }
  }
`);

const requestFields = graphql(
  `
    fragment RequestFields on ChangeRequest @_unmask {
      __typename
      id
      type: typeName
      state: stateName
      accountName
      comment
      requestedAt
      account { id name clientName }
      organisation { id name }
      requestedBy { id name }
      decision { at reason by { id name } }
      preview { ...PreviewFields }
      allowedActions { ...ActionFields }
    }
  `,
  [previewFields, actionFields],
);

const accountFields = graphql(
  `
    fragment AccountFields on Account @_unmask {
      id
      name
      clientName
      licence { code name rank }
      datapoints
      sector { code name }
      country { code name }
      rtcLines
      mailDomain
      zone
      startsOn
      expiresOn
      daysLeft
      organisation { id name }
      pendingRequests { __typename id type: typeName }
      allowedActions { ...ActionFields }
    }
  `,
  [actionFields],
);

const errorFields = graphql(`
  fragment ErrorFields on UserError @_unmask {
    code
    field
    message
    changes { field: fieldName before after }
    request { __typename id state: stateName decision { at by { id name } } }
  }
`);

export const VIEWER = graphql(`query Viewer { viewer { ...ViewerFields } }`, [viewerFields]);

export const DEMO = graphql(`
  query Demo { demo { mailboxUrl explorerUrl people { name email password role organisationName } } }
`);

export const CATALOGUE = graphql(`
  query Catalogue {
    catalogue {
      licences { code name rank }
      sectors { code name }
      countries { code name hasRtcLines }
      mailDomains
      limits { minDatapoints minPeriodMonths maxPeriodMonths defaultPeriodMonths maxCommentLength maxReasonLength }
    }
  }
`);

export const HOME = graphql(`
  query Home($search: String, $after: String) {
    homeAccounts(search: $search, first: 24, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { id name clientName licence { code name rank } datapoints expiresOn daysLeft }
    }
  }
`);

export const ZONE_COUNTS = graphql(`query ZoneCounts { zoneCounts { active expired applications } }`);

export const ACCOUNTS = graphql(
  `
    query Accounts($zone: Zone!, $search: String, $filter: AccountFilter, $orderBy: AccountOrder, $after: String) {
      accounts(zone: $zone, search: $search, filter: $filter, orderBy: $orderBy, first: 25, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { ...AccountFields }
      }
    }
  `,
  [accountFields],
);

export const EXPIRING = graphql(`
  query Expiring($to: Date!) { accounts(zone: ACTIVE, filter: { expiresTo: $to }, first: 1) { totalCount } }
`);

export const CLIENTS = graphql(`query Clients($search: String) { clients(search: $search, first: 12) }`);

export const PORTFOLIO = graphql(`
  query Portfolio($search: String, $filter: AccountFilter) {
    portfolio(zone: ACTIVE, search: $search, filter: $filter) {
      accounts
      datapoints
      byLicence { licence { code name rank } accounts datapoints }
      byMonthOfExpiry { firstDay accounts datapoints }
    }
  }
`);

export const ACCOUNT = graphql(
  `
    query Account($id: ID!, $kinds: [TimelineKind!], $events: Int!) {
      account(id: $id) {
        ...AccountFields
        datapointsHistory { on datapoints }
        timeline(kinds: $kinds, first: $events) {
          pageInfo { hasNextPage }
          nodes { id kind: kindName at reason by { id name } changes { field: fieldName before after } request { __typename id type: typeName } }
        }
      }
    }
  `,
  [accountFields],
);

/** An account, for the dialogs that change it. */
export const ACCOUNT_TO_CHANGE = graphql(`query AccountToChange($id: ID!) { account(id: $id) { ...AccountFields } }`, [accountFields]);

export const REMINDERS = graphql(`
  query Reminders($id: ID!, $terms: Int!) {
    account(id: $id) {
      id
      reminders(terms: $terms) {
        milestone: milestoneName expiresOn dueAt recorded state: stateName endedAt
        reason { code message }
        recipient { id name }
      }
    }
  }
`);

export const MAILS = graphql(`
  query Mails($states: [MailState!], $search: String, $after: String) {
    mailHealth {
      plannedAt oldestDueAt trouble
      open { state count }
      endedInLastDay { state count }
      hosts { name pausedUntil faults lastFault lastFaultAt }
    }
    mails(states: $states, search: $search, first: 25, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id kind: kindName milestone: milestoneName state: stateName dueAt endedAt reply canBeSentAgain
        reason { code message }
        recipient { id name }
        account { id name }
      }
    }
  }
`);

export const SEND_MAIL_AGAIN = graphql(`
  mutation SendMailAgain($id: ID!) {
    sendMailAgain(input: { id: $id }) {
      mail { id state: stateName endedAt canBeSentAgain reason { code message } }
      errors { code message }
    }
  }
`);

export const AUDIT_LOG = graphql(`
  query AuditLog($acts: [AuditAct!], $after: String) {
    auditLog(acts: $acts, first: 25, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { id at act: actName subject by { id name } request { __typename id } facts { name value } }
    }
  }
`);

export const REQUESTS = graphql(
  `
    query Requests($states: [RequestState!]!, $types: [RequestType!], $search: String, $filter: RequestFilter, $orderBy: RequestOrder, $after: String) {
      changeRequests(states: $states, types: $types, search: $search, filter: $filter, orderBy: $orderBy, first: 25, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { ...RequestFields }
      }
    }
  `,
  [requestFields],
);

export const REQUEST = graphql(`query Request($id: ID!) { changeRequest(id: $id) { ...RequestFields } }`, [requestFields]);

/** A request with everything that the examination shows. */
export const REQUEST_IN_FULL = graphql(
  `
    query RequestInFull($id: ID!) {
      changeRequest(id: $id) {
        ...RequestFields
        clientTotal { clientName accounts datapoints }
        account {
          ...AccountFields
          timeline(first: 4) { nodes { id kind: kindName at by { id name } request { __typename id type: typeName } } }
        }
      }
    }
  `,
  [requestFields, accountFields],
);

export const REQUEST_COUNTS = graphql(`
  query RequestCounts($states: [RequestState!]!, $search: String, $filter: RequestFilter) {
    requestCounts(states: $states, search: $search, filter: $filter) { type count }
  }
`);

export const ALL_CLIENTS = graphql(`query AllClients { clients(first: 100) }`);

export const PREVIEW = graphql(`query Preview($change: ChangeInput!) { preview(change: $change) { ...PreviewFields } }`, [
  previewFields,
]);

/** An account and the preview of its renewal, for renewing several at once. */
export const RENEWAL_OF = graphql(
  `
    query RenewalOf($id: ID!, $change: ChangeInput!) {
      account(id: $id) { ...AccountFields }
      preview(change: $change) { ...PreviewFields }
    }
  `,
  [accountFields, previewFields],
);

export const FILE = {
  newAccount: graphql(
    `mutation FileNewAccount($input: NewAccountInput!) {
      filed: requestNewAccount(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
    }`,
    [requestFields, errorFields],
  ),
  datapoints: graphql(
    `mutation FileDatapoints($input: DatapointsChangeInput!) {
      filed: requestDatapointsChange(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
    }`,
    [requestFields, errorFields],
  ),
  licence: graphql(
    `mutation FileLicence($input: LicenceChangeInput!) {
      filed: requestLicenceChange(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
    }`,
    [requestFields, errorFields],
  ),
  renewal: graphql(
    `mutation FileRenewal($input: RenewalInput!) {
      filed: requestRenewal(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
    }`,
    [requestFields, errorFields],
  ),
};

export const APPROVE = graphql(
  `mutation Approve($input: ApproveRequestInput!) {
    decided: approveRequest(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
  }`,
  [requestFields, errorFields],
);

export const REJECT = graphql(
  `mutation Reject($input: RejectRequestInput!) {
    decided: rejectRequest(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
  }`,
  [requestFields, errorFields],
);

export const WITHDRAW = graphql(
  `mutation Withdraw($input: WithdrawRequestInput!) {
    decided: withdrawRequest(input: $input) { request { ...RequestFields } errors { ...ErrorFields } }
  }`,
  [requestFields, errorFields],
);

export const SIGN_IN = graphql(
  `mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { viewer { ...ViewerFields } errors { ...ErrorFields } }
  }`,
  [viewerFields, errorFields],
);

export const SIGN_OUT = graphql(`mutation SignOut { signOut { errors { code } } }`);

export const UPDATE_PROFILE = graphql(
  `mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) { viewer { ...ViewerFields } errors { ...ErrorFields } }
  }`,
  [viewerFields, errorFields],
);

export const CHANGE_PASSWORD = graphql(
  `mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { viewer { id } errors { ...ErrorFields } } }`,
  [errorFields],
);

export const BEGIN_SECOND_FACTOR = graphql(
  `mutation BeginSecondFactor($input: BeginSecondFactorInput!) {
    beginSecondFactor(input: $input) { secret uri picture errors { ...ErrorFields } }
  }`,
  [errorFields],
);

export type SecondFactorSecret = ResultOf<typeof BEGIN_SECOND_FACTOR>["beginSecondFactor"];

export const CONFIRM_SECOND_FACTOR = graphql(
  `mutation ConfirmSecondFactor($input: ConfirmSecondFactorInput!) {
    confirmSecondFactor(input: $input) { viewer { ...ViewerFields } recoveryCodes errors { ...ErrorFields } }
  }`,
  [viewerFields, errorFields],
);

export const RENEW_RECOVERY_CODES = graphql(
  `mutation RenewRecoveryCodes($input: BothFactorsInput!) {
    renewRecoveryCodes(input: $input) { viewer { ...ViewerFields } recoveryCodes errors { ...ErrorFields } }
  }`,
  [viewerFields, errorFields],
);

export const REMOVE_SECOND_FACTOR = graphql(
  `mutation RemoveSecondFactor($input: BothFactorsInput!) {
    removeSecondFactor(input: $input) { viewer { ...ViewerFields } errors { ...ErrorFields } }
  }`,
  [viewerFields, errorFields],
);

export const DEVICES = graphql(`query Devices { devices { id name signedInAt lastSeenAt isThisOne } }`);

export const SIGN_OUT_DEVICE = graphql(`
  mutation SignOutDevice($input: SignOutDeviceInput!) { signOutDevice(input: $input) { devices { id } errors { code } } }
`);

export const REQUEST_RESET = graphql(`
  mutation RequestReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { errors { code } } }
`);

export const RESET = graphql(
  `mutation Reset($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { ...ErrorFields } } }`,
  [errorFields],
);

/** Graphcache updates the request wherever it is shown. */
export const REQUEST_CHANGED = graphql(`subscription RequestChanged($since: DateTime) { changeRequestChanged(since: $since) { request { ...RequestFields } } }`, [requestFields]);

export const ACCOUNT_CHANGED = graphql(`subscription AccountChanged($since: DateTime) { accountChanged(since: $since) { account { ...AccountFields } } }`, [accountFields]);

export type Viewer = ResultOf<typeof viewerFields>;
export type Account = ResultOf<typeof accountFields>;
export type ChangeRequest = ResultOf<typeof requestFields>;
export type Preview = ResultOf<typeof previewFields>;
export type FieldChange = Preview["changes"][number];
export type AllowedAction = ResultOf<typeof actionFields>;
export type UserError = ResultOf<typeof errorFields>;
export type Catalogue = ResultOf<typeof CATALOGUE>["catalogue"];
export type HomeAccount = ResultOf<typeof HOME>["homeAccounts"]["nodes"][number];
export type TimelineEvent = NonNullable<ResultOf<typeof ACCOUNT>["account"]>["timeline"]["nodes"][number];
export type TimelineKind = Exclude<NonNullable<VariablesOf<typeof ACCOUNT>["kinds"]>[number], "OTHER">;
export type Portfolio = ResultOf<typeof PORTFOLIO>["portfolio"];
export type Change = VariablesOf<typeof PREVIEW>["change"];
export type Zone = VariablesOf<typeof ACCOUNTS>["zone"];
export type AccountsVariables = VariablesOf<typeof ACCOUNTS>;
export type ChangeRequestDetails = NonNullable<ResultOf<typeof REQUEST_IN_FULL>["changeRequest"]>;
export type RequestsVariables = VariablesOf<typeof REQUESTS>;
export type RequestType = NonNullable<RequestsVariables["types"]>[number];
export type Reminder = NonNullable<ResultOf<typeof REMINDERS>["account"]>["reminders"][number];
export type LedgerMail = ResultOf<typeof MAILS>["mails"]["nodes"][number];
export type MailsVariables = VariablesOf<typeof MAILS>;
export type AuditEntry = ResultOf<typeof AUDIT_LOG>["auditLog"]["nodes"][number];
export type Health = ResultOf<typeof MAILS>["mailHealth"];
