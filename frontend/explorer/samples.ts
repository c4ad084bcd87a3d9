/** Sample operations of the explorer by role. ACCOUNT, REQUEST and VERSION are replaced by ids that the visitor can see. */
export interface Sample {
  name: string;
  query: string;
  variables?: object;
}

const ACCOUNTS: Sample = {
  name: "Active accounts",
  query: `query ActiveAccounts($search: String, $first: Int!) {
  accounts(zone: ACTIVE, search: $search, first: $first, orderBy: { field: EXPIRES_ON }) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id name clientName licence { name } datapoints expiresOn daysLeft }
  }
}`,
  variables: { search: null, first: 10 },
};

const ACCOUNT: Sample = {
  name: "An account whole",
  query: `query Account($id: ID!) {
  account(id: $id) {
    name clientName datapoints startsOn expiresOn zone
    allowedActions { action allowed reason { code message } }
    pendingRequests { id type requestedAt }
    timeline(first: 5) { nodes { kind at by { name } changes { field before after } reason } }
  }
}`,
  variables: { id: "ACCOUNT" },
};

const LIVE: Sample = {
  name: "Live requests",
  query: `subscription Requests {
  changeRequestChanged {
    request { id type state accountName requestedBy { name } }
  }
}`,
};

const LIVE_ACCOUNTS: Sample = {
  name: "Live accounts",
  query: `subscription Accounts {
  accountChanged {
    account { id name datapoints expiresOn pendingRequests { id type } }
  }
}`,
};

const VIEWER: Sample = {
  name: "Who I am",
  query: `query Viewer {
  viewer { name email role language timeZone organisation { name today mailDomains } can { manageAccounts decideRequests } }
}`,
};

export const SAMPLES: Record<string, Sample[]> = {
  NOBODY: [
    {
      name: "Sign in",
      query: `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { viewer { name role } errors { code message field } }
}`,
      variables: { input: { email: "superadmin@northwind.example", password: "demo-demo-demo" } },
    },
    VIEWER,
  ],
  MEMBER: [
    {
      name: "Accounts of the home page",
      query: `query Home($search: String) {
  homeAccounts(search: $search, first: 10) {
    totalCount
    nodes { name clientName licence { name } datapoints expiresOn daysLeft }
  }
}`,
      variables: { search: null },
    },
    VIEWER,
    {
      name: "Change my language",
      query: `mutation Language($input: UpdateProfileInput!) {
  updateProfile(input: $input) { viewer { language } errors { code message } }
}`,
      variables: { input: { language: "FR" } },
    },
  ],
  SUPER_ADMIN: [
    ACCOUNTS,
    ACCOUNT,
    {
      name: "Preview of more datapoints",
      query: `query Preview($change: ChangeInput!) {
  preview(change: $change) { version allowed changes { field before after } rules { code holds message } }
}`,
      variables: { change: { datapoints: { accountId: "ACCOUNT", delta: 15 } } },
    },
    {
      name: "Ask for more datapoints",
      query: `mutation AskForDatapoints($input: DatapointsChangeInput!) {
  requestDatapointsChange(input: $input) {
    request { id state preview { changes { field before after } } }
    errors { code field message request { id } }
  }
}`,
      variables: { input: { accountId: "ACCOUNT", delta: 15, comment: "A new wing." } },
    },
    {
      name: "Ask for a renewal",
      query: `mutation AskForRenewal($input: RenewalInput!) {
  requestRenewal(input: $input) {
    request { id state preview { changes { field before after } } }
    errors { code field message request { id } }
  }
}`,
      variables: { input: { accountId: "ACCOUNT", periodMonths: 12 } },
    },
    {
      name: "What waits for approval",
      query: `query Applications {
  changeRequests(states: [PENDING], first: 20) {
    totalCount
    nodes { id type accountName requestedAt comment ... on DatapointsRequest { delta } ... on RenewalRequest { periodMonths } }
  }
}`,
    },
    {
      name: "Withdraw a request",
      query: `mutation Withdraw($input: WithdrawRequestInput!) {
  withdrawRequest(input: $input) { request { id state } errors { code message } }
}`,
      variables: { input: { id: "REQUEST" } },
    },
    LIVE,
    LIVE_ACCOUNTS,
  ],
  CUSTOMER_SUCCESS: [
    {
      name: "The queue",
      query: `query Queue($types: [RequestType!]) {
  changeRequests(states: [PENDING], types: $types, first: 20) {
    totalCount
    nodes { id type organisation { name } accountName requestedBy { name } requestedAt preview { version allowed changes { field before after } } }
  }
}`,
      variables: { types: null },
    },
    {
      name: "Approve a request",
      query: `mutation Approve($input: ApproveRequestInput!) {
  approveRequest(input: $input) {
    request { id state decision { at by { name } } }
    account { name datapoints expiresOn licence { name } }
    errors { code message changes { field before after } request { decision { by { name } at } } }
  }
}`,
      variables: { input: { id: "REQUEST", previewVersion: "VERSION" } },
    },
    {
      name: "Reject a request",
      query: `mutation Reject($input: RejectRequestInput!) {
  rejectRequest(input: $input) { request { id state decision { reason } } errors { code field message } }
}`,
      variables: { input: { id: "REQUEST", reason: "Please send the signed quotation first." } },
    },
    ACCOUNTS,
    ACCOUNT,
    LIVE,
    LIVE_ACCOUNTS,
  ],
};
