import { type Html, html } from './html.ts'

/**
 * Every text of the pages, in one table, so that another language is another table of the same type. Sentences that
 * name something are functions, because languages differ in word order. (A table: longer than a function may be.)
 */
export const words = {
  language: 'en',
  direction: 'ltr',

  title: (page: string, site: string) => `${page} · ${site}`,
  errorTitle: (title: string) => `Error: ${title}`,
  opensNewTab: '(opens in a new tab)',
  cancel: 'Cancel',
  privacyPolicy: 'Privacy policy',
  terms: 'Terms of use',
  about: (name: Html) => html`About ${name}`,
  useAnother: 'Use another account',
  signedInAs: 'Signed in as',
  copy: 'Copy',
  copied: 'Copied',
  requestId: 'Request id',
  backTo: (name: Html) => html`Back to ${name}`,

  signIn: {
    title: 'Sign in',
    heading: (client: Html) => html`Sign in to ${client}`,
    confirmHeading: 'Confirm that it is you',
    confirmLead: (client: Html) => html`${client} asks you to enter your password again.`,
    username: 'Username or email',
    password: 'Password',
    show: 'Show',
    hide: 'Hide',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    passwordShown: 'Your password is visible',
    passwordHidden: 'Your password is hidden',
    submit: 'Sign in',
    confirm: 'Continue',
    errors: {
      wrong: 'The username or password is incorrect',
      throttled: (when: string) => `Too many attempts. Try again ${when}`,
      busy: 'We are very busy and have not checked your password. Try again in a few seconds',
      missing_username: 'Enter your username or email',
      missing_password: 'Enter your password',
      too_long: 'The username or password is longer than any we accept',
    },
  },

  consent: {
    title: 'Allow access',
    heading: (client: Html, site: Html) => html`${client} wants to access your ${site} account`,
    notYou: 'Not you?',
    list: (client: Html) => html`${client} will be able to:`,
    fresh: 'New',
    sensitive: 'Sensitive',
    unasked: (client: Html) => html`${client} will only learn that you have an account here.`,
    reassurance: (client: Html) => html`${client} will not see your password.`,
    returnsTo: (host: Html) => html`You will return to ${host}.`,
    returnsToDevice: 'You will return to an app on this device. Continue only if you started this yourself.',
    firstParty: (site: Html) => html`This app is run by ${site}.`,
    thirdParty: (site: Html) => html`This app is not run by ${site}. Its own privacy policy applies to what you share.`,
    unverified: (site: Html) => html`${site} has not verified this app. Allow it only if you know who runs it.`,
    approve: 'Allow',
  },

  /** What the standard scopes mean (OpenID Connect Core §5.4); an API's own scopes bring their own sentence. */
  scopes: new Map([
    ['openid', 'Recognise you when you come back'],
    ['profile', 'See your name, picture and profile details'],
    ['email', 'See your email address'],
    ['address', 'See your postal address'],
    ['phone', 'See your phone number'],
    ['offline_access', 'Keep access when you are not using it'],
    ['roles', 'See the roles you have here'],
    ['groups', 'See the groups you belong to'],
  ]),

  selectAccount: {
    title: 'Choose an account',
    lead: (client: Html) => html`to continue to ${client}`,
    continueAs: (username: Html) => html`Continue as ${username}`,
  },

  logout: {
    title: 'Sign out',
    heading: (site: Html) => html`Sign out of ${site}?`,
    asked: (client: Html) => html`${client} asks to sign you out.`,
    lead: 'Apps that you use with this account will sign you out too.',
    submit: 'Sign out',
    stay: 'Stay signed in',
    doneTitle: 'Signed out',
    doneHeading: 'You are signed out',
    doneLead: 'On a shared computer, close the browser as well.',
    goingOn: 'Your apps are being signed out as well. Then you go back to where you came from.',
    goOn: 'Continue',
    frame: 'Signs you out of an app',
  },

  startAgain: {
    title: 'Start again',
    ended: { heading: 'This sign-in has already ended', lead: 'It was finished or cancelled, perhaps in another tab.' },
    expired: { heading: 'This sign-in took too long', lead: 'For your safety, a sign-in ends after a while.' },
    unknown: {
      heading: 'We cannot continue this sign-in',
      lead: 'It began in another browser, or this browser does not keep our cookies.',
    },
    link: (client: Html) => html`Start again at ${client}`,
    adviceFor: (client: Html) => html`Go back to ${client} and sign in from there. You have not lost anything.`,
    advice: 'Go back to the app that you came from and sign in from there. You have not lost anything.',
  },

  error: {
    title: 'This request cannot continue',
    adviceFor: (client: Html) => html`Go back to ${client} and try again.`,
    advice: 'Go back to the app that you came from and try again.',
    askForHelp: 'If it happens again, send these details to the people who run the app.',
    detailHeading: 'Details',
    code: 'Error',
    description: 'Description',
    parameter: 'Parameter',
    mismatch: 'The redirect URI does not match',
    mismatchLead: 'It must equal a registered one, character by character. What differs is marked.',
    received: 'Received',
    registered: 'Registered',
    noneRegistered: 'This client has no redirect URI registered.',
    mend: 'If the received one is right, register it:',
    shownInDevelopment: 'Only development mode shows this part.',
  },

  leave: {
    title: 'Leaving this page',
    heading: (client: Html) => html`${client} could not sign you in`,
    to: (host: Html) => html`You can go on to ${host}. Do so only if you came from there.`,
    toDevice: 'You can go on to an app on this device. Do so only if you came from there.',
    unverified: (site: Html) => html`${site} has not verified this app.`,
    submit: 'Go on',
  },

  unavailable: {
    title: 'Back in a moment',
    heading: 'We cannot answer right now',
    lead: 'Something that we depend on is not answering. Nothing of yours is lost.',
    retry: (when: string) => `Try again ${when}.`,
    retryLink: 'Try again',
  },

  formPost: {
    title: 'Continue',
    heading: 'Taking you back to the app',
    lead: 'If nothing happens, choose Continue.',
    submit: 'Continue',
  },

  home: {
    title: 'Welcome',
    heading: (site: Html) => html`This is ${site}`,
    lead: 'People sign in here to the apps that they use. To sign in, start at the app.',
    signOut: 'Sign out',
    developers: 'Building an app? Start with the',
    discovery: 'discovery document',
  },

  /** How long to wait, rounded up, as the end of a sentence. */
  inSeconds(seconds: number): string {
    if (seconds <= 90) return within(Math.max(1, Math.ceil(seconds)), 'second')
    if (seconds <= 90 * 60) return within(Math.ceil(seconds / 60), 'minute')
    return within(Math.ceil(seconds / 3600), 'hour')
  },
} as const

function within(count: number, unit: string): string {
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`
}
