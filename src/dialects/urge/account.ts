// /api/account: plans, the badge, social links, the profile again (contract, section 15).

import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { badge, requestBadge } from '../../core/accounts/badge.ts';
import { changeProfile, person } from '../../core/accounts/people.ts';
import { removeSocialLink, replaceSocialLinks, socialLinks } from '../../core/accounts/social-links.ts';
import { cancelPlan, choosePlan, noPayments, subscription, type Plan } from '../../core/accounts/subscriptions.ts';
import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, Nullable } from '../fastapi.ts';
import { success, time, type Presenters } from './presenters.ts';
import { Success, User } from './schemas.ts';

const moment = Nullable(Type.String({ format: 'date-time' }));

/** Prices in naira. */
const plans: { id: Plan; name: string; description: string; price: number; period: string; features: string[] }[] = [
  {
    id: 'free',
    name: 'Free',
    description: 'Everything one needs to talk',
    price: 0,
    period: 'forever',
    features: ['Messages and groups', 'Photos, videos and documents', 'Two-factor authentication'],
  },
  {
    id: 'premium',
    name: 'Premium',
    description: 'For those who talk a lot',
    price: 5000,
    period: 'month',
    features: ['Everything in Free', 'Priority support'],
  },
  {
    id: 'business',
    name: 'Business',
    description: 'For teams',
    price: 10_000,
    period: 'month',
    features: ['Everything in Premium', 'Dedicated support'],
  },
];

const Subscribed = Type.Object({ ...Success.properties, current_plan: Type.String(), expires_at: moment });

const platforms = ['instagram', 'twitter', 'linkedin', 'tiktok', 'youtube', 'facebook'] as const;
const Links = Type.Record(Type.String(), Type.String());
const link = Type.Optional(Nullable(Type.String({ maxLength: 500 })));

export function accountRoutes(scope: FastifyInstance, { messenger }: Surroundings, present: Presenters): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/account/subscriptions',
    {
      schema: {
        operationId: 'urgeSubscription',
        summary: 'My plan, and all there are',
        response: {
          200: Type.Object({
            current_plan: Type.String(),
            expires_at: moment,
            plans: Type.Array(
              Type.Object({
                id: Type.String(),
                name: Type.String(),
                description: Type.String(),
                price: Type.Number(),
                period: Type.String(),
                features: Type.Array(Type.String()),
                is_active: Type.Boolean(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { plan, expiresAt } = await messenger.ask(memberOf(request), subscription, {});
      return {
        current_plan: plan,
        expires_at: time(expiresAt),
        plans: plans.map((one) => ({ ...one, is_active: true })),
      };
    },
  );

  app.post(
    '/api/account/subscriptions/subscribe',
    {
      schema: {
        operationId: 'urgeSubscribe',
        summary: 'Change my plan',
        body: Type.Object({
          plan_id: Type.String({ maxLength: 64 }),
          payment_method: Type.Optional(Nullable(Type.String({ maxLength: 64 }))),
        }),
        response: { 200: Subscribed },
      },
    },
    async (request) => {
      const choice = { plan: request.body.plan_id };
      const { plan, expiresAt } = await messenger.execute(memberOf(request), choosePlan, choice);
      return { ...success(`You are on the ${plan} plan.`), current_plan: plan, expires_at: time(expiresAt) };
    },
  );

  app.post(
    '/api/account/subscriptions/cancel',
    {
      schema: { operationId: 'urgeCancelSubscription', summary: 'Back to the free plan', response: { 200: Success } },
    },
    async (request) => {
      await messenger.execute(memberOf(request), cancelPlan, {});
      return success('Subscription cancelled. You are on the free plan.');
    },
  );

  app.post(
    '/api/account/subscriptions/verify-payment',
    {
      schema: {
        operationId: 'urgeVerifyPayment',
        summary: 'Whether a payment arrived',
        querystring: Type.Object({ reference: Type.String({ minLength: 1, maxLength: 255 }) }),
        response: { 200: Subscribed },
      },
    },
    async () => {
      throw noPayments();
    },
  );

  app.get(
    '/api/account/verification/status',
    {
      schema: {
        operationId: 'urgeVerificationStatus',
        summary: 'How my badge stands',
        response: {
          200: Type.Object({ is_verified: Type.Boolean(), verification_status: Type.String(), requested_at: moment }),
        },
      },
    },
    async (request) => {
      const { status, requestedAt } = await messenger.ask(memberOf(request), badge, {});
      // The badge alone: a verified phone must not keep anybody from asking for it.
      return { is_verified: status === 'approved', verification_status: status, requested_at: time(requestedAt) };
    },
  );

  app.post(
    '/api/account/verification/request',
    {
      schema: {
        operationId: 'urgeRequestVerification',
        summary: 'Ask for the badge',
        body: Type.Object({
          full_name: Type.String({ minLength: 2, maxLength: 100 }),
          reason: Type.String({ minLength: 10, maxLength: 1000 }),
          social_proof: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
        }),
        response: {
          200: Type.Object({
            ...Success.properties,
            verification_status: Type.String(),
            requested_at: Type.String({ format: 'date-time' }),
            request_id: Type.String(),
          }),
        },
      },
    },
    async (request) => {
      const { full_name, reason, social_proof } = request.body;
      const asked = { fullName: full_name, reason, socialProof: social_proof ?? null };
      const made = await messenger.execute(memberOf(request), requestBadge, asked);
      return {
        ...success('Verification request sent.'),
        verification_status: 'pending',
        requested_at: time(made.requestedAt),
        request_id: present.badgeRequestId(made.id),
      };
    },
  );

  app.get(
    '/api/account/social-links',
    {
      schema: {
        operationId: 'urgeSocialLinks',
        summary: 'My links',
        response: { 200: Type.Object({ social_links: Links }) },
      },
    },
    async (request) => ({ social_links: await messenger.ask(memberOf(request), socialLinks, {}) }),
  );

  app.put(
    '/api/account/social-links',
    {
      schema: {
        operationId: 'urgeReplaceSocialLinks',
        summary: 'Replace all my links',
        body: Type.Object({
          instagram: link,
          twitter: link,
          linkedin: link,
          tiktok: link,
          youtube: link,
          facebook: link,
        }),
        response: { 200: Type.Object({ ...Success.properties, social_links: Links }) },
      },
    },
    async (request) => {
      const links: Record<string, string> = {};
      for (const platform of platforms) {
        const name = request.body[platform]?.trim().replace(/^@+/, '');
        if (name) links[platform] = name;
      }
      await messenger.execute(memberOf(request), replaceSocialLinks, { links });
      return { ...success('Social links updated.'), social_links: links };
    },
  );

  app.delete(
    '/api/account/social-links/:platform',
    {
      schema: {
        operationId: 'urgeRemoveSocialLink',
        summary: 'Remove one of my links',
        params: Type.Object({ platform: Type.String() }),
        response: { 200: Type.Object({ ...Success.properties, social_links: Links }) },
      },
    },
    async (request) => {
      const platform = platforms.find((one) => one === request.params.platform);
      if (!platform) throw new DomainError('invalid', 'no_such_platform', 'There is no such platform.');
      const left = await messenger.execute(memberOf(request), removeSocialLink, { platform });
      return { ...success('Link removed.'), social_links: left };
    },
  );

  const me = async (member: Member) => present.user(await messenger.ask(member, person, { id: member.accountId }));

  app.get(
    '/api/account/profile',
    {
      schema: {
        operationId: 'urgeAccountProfile',
        summary: 'Who I am',
        response: { 200: Type.Object({ success: Type.Boolean(), data: User }) },
      },
    },
    async (request) => ({ success: true, data: await me(memberOf(request)) }),
  );

  app.put(
    '/api/account/profile',
    {
      schema: {
        operationId: 'urgeChangeAccountProfile',
        summary: 'Change my profile by query parameters',
        querystring: Type.Object({
          display_name: Type.Optional(Type.String({ minLength: 2, maxLength: 100 })),
          email: Type.Optional(Type.String({ format: 'email', maxLength: 255 })),
          bio: Type.Optional(Type.String({ maxLength: 2000 })),
        }),
        response: { 200: Type.Object({ ...Success.properties, data: User }) },
      },
    },
    async (request) => {
      const member = memberOf(request);
      const { display_name, email, bio } = request.query;
      await messenger.execute(member, changeProfile, {
        ...(display_name !== undefined && { displayName: display_name }),
        ...(email !== undefined && { email }),
        ...(bio !== undefined && { bio }),
      });
      return { ...success('Profile updated.'), data: await me(member) };
    },
  );
}
